"""A small RIFF/WAVE reader and writer, so that the null tests share no code with what they judge.

Samples are float64 arrays of shape [channels][frames]; integers of b bits are divided by 2^(b-1).
"""

import struct

import numpy as np

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def read_wav(path):
    """Returns (samples, sample_rate). Raises ValueError where the file is not a complete WAV."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path}: no RIFF/WAVE header")
    at, form, body = 12, None, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            form = _read_format(data, at + 8)
        elif name == b"data":
            body = data[at + 8 : at + 8 + size]
            if len(body) != size:
                raise ValueError(f"{path}: {size} bytes announced, {len(body)} there")
        at += 8 + size + (size & 1)
    if form is None or body is None:
        raise ValueError(f"{path}: no fmt or no data chunk")
    kind, channels, rate, bits = form
    flat = _decode(body, kind, bits)
    return flat.reshape(-1, channels).T.copy(), rate


def _read_format(data, at):
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at)
    if kind == EXTENSIBLE:
        kind = struct.unpack_from("<H", data, at + 24)[0]
    return kind, channels, rate, bits


def _decode(body, kind, bits):
    if kind == FLOAT:
        return np.frombuffer(body, "<f4" if bits == 32 else "<f8").astype(np.float64)
    if kind != PCM:
        raise ValueError(f"format {kind} is not PCM or float")
    if bits == 24:
        raw = np.frombuffer(body, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(raw), 4), np.uint8)
        wide[:, 1:] = raw
        return (wide.view("<i4")[:, 0] >> 8) / 2.0**23
    return np.frombuffer(body, {16: "<i2", 32: "<i4"}[bits]) / 2.0 ** (bits - 1)


def encode(samples, coding):
    """Interleaved bytes of samples [channels][frames]; coding is i16, i24, i32, f32 or f64."""
    flat = np.asarray(samples, np.float64).T.reshape(-1)
    if coding in ("f32", "f64"):
        return flat.astype("<" + coding[0] + {"f32": "4", "f64": "8"}[coding]).tobytes()
    bits = int(coding[1:])
    top = 2.0 ** (bits - 1)
    whole = np.clip(np.rint(flat * top), -top, top - 1).astype(np.int64)
    if bits == 24:
        return whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return whole.astype({16: "<i2", 32: "<i4"}[bits]).tobytes()


def header(coding, channels, rate, data_bytes, extensible=False):
    """The bytes in front of the samples; `data_bytes` is what the header says, true or not."""
    bits = int(coding[1:])
    kind = FLOAT if coding[0] == "f" else PCM
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", EXTENSIBLE if extensible else kind, channels, rate, (rate * align) & 0xFFFFFFFF,
                       align & 0xFFFF, bits)
    if extensible:
        mask = {1: 4, 2: 3}.get(channels, 0)
        form += struct.pack("<HHIH", 22, bits, mask, kind) + _SUBFORMAT_TAIL
    size = min(4 + 8 + len(form) + 8 + data_bytes, 0xFFFFFFFF)
    return (b"RIFF" + struct.pack("<I", size) + b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
            + b"data" + struct.pack("<I", min(data_bytes, 0xFFFFFFFF)))


def write_wav(path, samples, rate, coding="f32", extensible=None):
    """Writes samples [channels][frames]; extensible is the default for more than two channels."""
    samples = np.atleast_2d(samples)
    body = encode(samples, coding)
    if extensible is None:
        extensible = len(samples) > 2
    with open(path, "wb") as file:
        file.write(header(coding, len(samples), rate, len(body), extensible) + body + b"\0" * (len(body) & 1))
