"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page").textContent);
  const all = (query) => Array.from(document.querySelectorAll(query));
  const one = (id) => document.getElementById(id);
  const filter = one("filter");
  const readout = one("readout");
  let low = 0;
  let high = 1; // the part of the run that is shown, as shares of it

  // 3661.5 -> 1:01:01.5
  const clock = (seconds, digits) => {
    const tenths = Math.round(seconds * 10);
    const h = Math.floor(tenths / 36000);
    const m = Math.floor((tenths % 36000) / 600);
    const s = (tenths % 600) / 10;
    const tail = digits ? s.toFixed(1).padStart(4, "0") : String(Math.floor(s)).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
  };
  const timeAt = (share) => page.start_s + share * page.length_s;

  const draw = () => {
    const width = high - low;
    for (const svg of all("svg.lanes, svg.sure")) {
      const tall = svg.classList.contains("sure") ? 100 : 24;
      svg.setAttribute("viewBox", `${low * page.steps} 0 ${width * page.steps} ${tall}`);
    }
    for (const pin of all(".pins a")) {
      const at = (Number(pin.dataset.at) - low) / width;
      pin.hidden = at < 0 || at > 1;
      pin.style.left = `${Math.min(Math.max(at, 0.012), 0.988) * 100}%`;
    }
    const fine = width * page.length_s < 20;
    all(".axis span").forEach((label, n, labels) => {
      const share = n / (labels.length - 1);
      label.textContent = clock(timeAt(low + share * width), fine);
    });
    one("out").disabled = one("left").disabled = one("right").disabled = width >= 1;
    one("in").disabled = width * page.length_s < 1;
  };
  const show = (from, width) => {
    width = Math.min(Math.max(width, 0.5 / page.length_s), 1);
    low = Math.min(Math.max(from, 0), 1 - width);
    high = low + width;
    draw();
  };
  const zoom = (factor, around) => {
    const width = Math.min((high - low) * factor, 1);
    const share = (around - low) / (high - low);
    show(around - share * width, width);
  };
  one("in").addEventListener("click", () => zoom(0.5, (low + high) / 2));
  one("out").addEventListener("click", () => zoom(2, (low + high) / 2));
  one("left").addEventListener("click", () => show(low - (high - low) / 2, high - low));
  one("right").addEventListener("click", () => show(low + (high - low) / 2, high - low));
  one("whole").addEventListener("click", () => show(0, 1));

  const shareOf = (event, box) => {
    const edge = box.getBoundingClientRect();
    return low + ((event.clientX - edge.left) / edge.width) * (high - low);
  };
  for (const box of all(".time")) {
    box.addEventListener("mousemove", (event) => {
      const time = timeAt(Math.min(Math.max(shareOf(event, box), 0), 1));
      const frame = Math.round(page.first + (time - page.start_s) * page.fps);
      readout.textContent = `${clock(time, true)} · about frame ${frame}`;
    });
    box.addEventListener("mouseleave", () => { readout.textContent = ""; });
    box.addEventListener("dblclick", (event) => zoom(0.5, shareOf(event, box)));
  }

  // Opens what the parts are folded in.
  const unfold = (parts) => {
    for (const part of parts) {
      for (let fold = part.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
  };
  const narrow = () => {
    const wanted = filter.value.trim().toLocaleLowerCase();
    let found = 0;
    for (const part of all("[data-names]")) {
      const names = JSON.parse(part.dataset.names);
      part.hidden = wanted !== "" && !names.some((name) => name.toLocaleLowerCase().includes(wanted));
      found += part.classList.contains("person") && !part.hidden;
    }
    if (wanted !== "") unfold(all("details .person, details .moment").filter((part) => !part.hidden));
    one("nothing").hidden = found > 0;
  };
  filter.addEventListener("input", narrow);

  // A link to something that the filter hides, or that is folded, shows it; one to a moment's player shows that time.
  const arrive = () => {
    let target = null;
    try {
      target = one(decodeURIComponent(location.hash.slice(1)));
    } catch { /* somebody's broken link */ }
    if (!target) return;
    if (target.closest("[hidden]")) {
      filter.value = "";
      narrow();
    } else if (!target.closest("details:not([open])")) {
      return;
    }
    unfold([target]);
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show]");
    if (!link) return;
    const at = Number(link.dataset.show);
    const width = Math.min(30 / page.length_s, 1);
    show(at - width / 2, width);
  });
  document.documentElement.classList.add("ready");
  draw();
  arrive();
})();
