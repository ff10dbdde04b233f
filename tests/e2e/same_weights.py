"""same_weights.py A B LIMIT: the float32 tensors of two safetensors files differ by LIMIT at most."""
import json
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = struct.unpack(f"<{(end - begin) // 4}f", body[begin:end])
    return tensors


a, b = read(sys.argv[1]), read(sys.argv[2])
assert a and a.keys() == b.keys(), (a.keys(), b.keys())
largest = max(abs(x - y) for name in a for x, y in zip(a[name], b[name], strict=True))
print(f"largest difference {largest:.2g}")
sys.exit(0 if largest <= float(sys.argv[3]) else 1)
