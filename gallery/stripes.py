import numpy as np
DIM=8; VERSION='x'; SIZE=(96,48)
def describe(p): return p.reshape(len(p),-1)[:,:8].astype(np.float32)
