# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How a recorded topic is written to a ROS 2 bag: type, definition, serialization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import re

from rosbags.convert.converter import is_same_wireformat, migrate_bytes
from rosbags.interfaces.typing import Typesdict
from rosbags.serde import SerdeError
from rosbags.typesys import get_types_from_msg, get_typestore, Stores, TypesysError
from rosbags.typesys.store import Typestore

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.image_messages import full_type, typestore

Convert = Callable[[bytes], 'bytes | memoryview']
HEADER = 'std_msgs/msg/Header'
RENAMED = {'tf/msg/tfMessage': 'tf2_msgs/msg/TFMessage'}
TYPE_NAME = re.compile(r'[A-Za-z]\w*/msg/[A-Za-z]\w*', re.ASCII)


@dataclass(frozen=True, slots=True)
class WrittenTopic:
    """How a topic is written.

    Attributes:
        topic: Name, type, serialization, definition and metadata in the new bag.
        convert: From a recorded to a written message; ``None`` where they are the same.
    """

    topic: BagTopic
    convert: Convert | None = None


def written_topic(topic: BagTopic) -> WrittenTopic:
    """Decide how a topic is written.

    What ROS 2 recorded stays byte for byte. A definition that the bag lacks is taken from the
    latest distribution where that has the type. What ROS 1 recorded is serialized anew as the
    same type of ROS 2, or, for a type that ROS 2 does not have, with its own definition.

    Args:
        topic: The recorded topic.

    Returns:
        How to write it. Its definition is empty where nobody knows the type.

    Raises:
        UnsupportedError: A ROS 1 type that cannot be understood, so that its messages cannot be
            converted.
    """
    if topic.encoding == 'ros1':
        return _from_ros1(topic)
    latest = typestore(Stores.LATEST)
    if topic.definition or full_type(topic.msgtype) not in latest.fielddefs:
        return WrittenTopic(topic)
    return WrittenTopic(defined_topic(topic.name, full_type(topic.msgtype), latest, topic))


def defined_topic(
    name: str, msgtype: str, store: Typestore, like: BagTopic | None = None
) -> BagTopic:
    """Describe a topic whose type is known.

    Args:
        name: The topic.
        msgtype: Its type, which the store has.
        store: Where the definition is taken from.
        like: A recorded topic whose metadata is kept.

    Returns:
        The topic in CDR with ``ros2msg`` definition and type hash.
    """
    metadata = dict(like.metadata) if like else {}
    metadata.setdefault('topic_type_hash', store.hash_rihs01(msgtype))
    definition, _ = store.generate_msgdef(msgtype, ros_version=2)
    return BagTopic(name, msgtype, 'cdr', definition, 'ros2msg', tuple(metadata.items()))


def _from_ros1(topic: BagTopic) -> WrittenTopic:
    source_type = full_type(topic.msgtype)
    target_type = RENAMED.get(source_type, source_type)
    latest = typestore(Stores.LATEST)
    try:
        types = _parsed(source_type, topic.definition)
        source = _store({HEADER: typestore(Stores.ROS1_NOETIC).fielddefs[HEADER]}, types)
        if target_type not in latest.fielddefs:
            own = _store({HEADER: latest.fielddefs[HEADER]}, types)
            written = defined_topic(topic.name, source_type, own, topic)
            return WrittenTopic(written, lambda data: own.ros1_to_cdr(data, source_type))
        written = defined_topic(topic.name, target_type, latest, topic)
        if is_same_wireformat(source, latest, source_type, target_type):
            return WrittenTopic(written, lambda data: latest.ros1_to_cdr(data, target_type))
    except (TypesysError, SerdeError, KeyError, AssertionError) as error:
        raise UnsupportedError(f'{topic.name} ({topic.msgtype}): {error}') from None
    cache: dict[str, object] = {}
    return WrittenTopic(
        written,
        lambda data: migrate_bytes(
            source, latest, source_type, target_type, cache, data, src_is2=False, dst_is2=True
        ),
    )


def _parsed(msgtype: str, definition: str) -> Typesdict:
    """Parse a definition; the header is left out, since ROS 1 and ROS 2 differ in it."""
    if not TYPE_NAME.fullmatch(msgtype):
        raise TypesysError(f'{msgtype!r} is no name of a type.')
    types = get_types_from_msg(definition, msgtype)
    types.pop(HEADER, None)
    return types


def _store(*types: Typesdict) -> Typestore:
    store = get_typestore(Stores.EMPTY)
    time = typestore(Stores.LATEST).fielddefs
    basic = {name: time[name] for name in time if name.startswith('builtin_interfaces/')}
    store.register(basic)
    for some in types:
        store.register(some)
    return store
