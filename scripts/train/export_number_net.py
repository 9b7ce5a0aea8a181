"""Make the package's number net of what `train_number_net.py` has taught: `... FILE.pt [-o OUT]`.

Norms are folded into the convolutions and weights kept as 16-bit floats. On drawings of fonts that
were never taught the temperature of the digits, and the factor and shift of "legible", are fitted
(Guo et al., ICML 2017; Platt, 1999), so that what the net says is as often right as it says.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.numpy import save_file
from scipy.optimize import minimize
from shirts.faces import block_faces, font_faces
from shirts.net import NumberNet
from torch import nn
from torch.nn import functional
from train_number_net import SHIRTS, held_out_batch, split

OUT = Path(__file__).resolve().parents[2] / "tracker" / "observation" / "number_net.safetensors"
BATCHES = 160


def folded(net: NumberNet) -> dict[str, np.ndarray]:
    """Weights by the names that `tracker/observation/number_net.py` builds its graph by."""
    found = {"where": net.where}
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear) or name == "attention":
            found |= {f"{name}.weight": module.weight, f"{name}.bias": module.bias}
    for name, norm in net.named_modules():
        if isinstance(norm, nn.BatchNorm2d):
            conv = (
                name.removesuffix("_norm")
                if name.endswith("_norm")
                else name.replace("norm", "conv")
            )
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = net.get_submodule(conv).weight
            found[f"{conv}.weight"] = weight * scale[:, None, None, None]
            found[f"{conv}.bias"] = norm.bias - norm.running_mean * scale
    return {k: v.detach().numpy().astype(np.float16) for k, v in sorted(found.items())}


@torch.no_grad()
def calibration(net: NumberNet, fonts: Path) -> dict[str, str]:
    _, unseen = split(font_faces(fonts) + block_faces())
    batches = [held_out_batch(unseen, 1000 + n) for n in range(BATCHES)]
    said = torch.cat([net(b["pictures"].float() / 255) for b in batches])
    tens, units, legible, there = (
        torch.cat([b[k] for b in batches]) for k in ("tens", "units", "legible", "has_number")
    )
    clear = (legible == 1) & (there == 1)

    def digits(log_temperature: np.ndarray) -> float:
        scaled = said[clear] / float(np.exp(log_temperature[0]))
        losses = [
            functional.cross_entropy(scaled[:, part], true[clear])
            for part, true in ((slice(0, 11), tens), (slice(11, 21), units))
        ]
        return float(sum(losses))

    def read(line: np.ndarray) -> float:
        logit = said[:, 21] * float(line[0]) + float(line[1])
        return float(functional.binary_cross_entropy_with_logits(logit, legible))

    temperature = float(np.exp(minimize(digits, [0.0], method="Nelder-Mead").x[0]))
    factor, shift = minimize(read, [1.0, 0.0], method="Nelder-Mead").x
    return {"temperature": f"{temperature:.4f}", "factor": f"{factor:.4f}", "shift": f"{shift:.4f}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=OUT)
    parser.add_argument("--fonts", type=Path, default=SHIRTS)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    net = NumberNet()
    net.load_state_dict(torch.load(args.weights, weights_only=True))
    net.eval()
    about = calibration(net, args.fonts)
    save_file(folded(net), args.out, metadata=about)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, {about}")


if __name__ == "__main__":
    main()
