# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A TFLite flatbuffer and which of its tensors is what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import struct

from featuremap_ros.pilot import backends
from featuremap_ros.pilot.network import Network

# Fields of the tables Model and SubGraph, as positions in their vtables (schema.fbs).
_SIGNATURE_DEFS = 18
_OUTPUTS = 8


@dataclass(frozen=True, slots=True)
class LiteRTModel:
    """What LiteRT computes.

    Attributes:
        content: The flatbuffer.
        network: What it computes, in the model's own names.
        inputs: Tensor index by input name; inputs that nothing depends on are left out.
        outputs: Tensor index by output name, in the model's own order.
        layers: Tensor index by layer name; layers that change nothing share their tensor.
    """

    content: bytes
    network: Network
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    layers: Mapping[str, int]


def with_outputs(content: bytes, tensors: Iterable[int]) -> bytes:
    """Return a flatbuffer whose main graph keeps exactly the given tensors after a run.

    LiteRT overwrites other tensors, and fuses operations between those that it must keep. All
    else, the alignment of the weights included, stays as it is: the new list of outputs is
    appended, and the field that refers to the list is turned to it. Signatures are dropped since
    they name the old outputs.

    Args:
        content: A valid TFLite flatbuffer whose graph has outputs.
        tensors: Their indices.
    """
    outputs = sorted(set(tensors))
    buffer = bytearray(content)
    buffer += bytes(-len(buffer) % 4)
    model = backends.litert_schema().Model.GetRootAsModel(buffer, 0)
    if model.SignatureDefsLength():
        table = model._tab
        struct.pack_into('<I', buffer, table.Vector(table.Offset(_SIGNATURE_DEFS)) - 4, 0)
    table = model.Subgraphs(0)._tab
    field = table.Pos + table.Offset(_OUTPUTS)
    struct.pack_into('<I', buffer, field, len(buffer) - field)
    buffer += struct.pack(f'<I{len(outputs)}i', len(outputs), *outputs)
    return bytes(buffer)
