import datetime

from farsock.v1 import address_pb2 as _address_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SocketState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOCKET_STATE_UNSPECIFIED: _ClassVar[SocketState]
    SOCKET_STATE_OPEN: _ClassVar[SocketState]
    SOCKET_STATE_BOUND: _ClassVar[SocketState]
    SOCKET_STATE_LISTENING: _ClassVar[SocketState]
    SOCKET_STATE_CONNECTING: _ClassVar[SocketState]
    SOCKET_STATE_CONNECTED: _ClassVar[SocketState]
    SOCKET_STATE_DISCONNECTED: _ClassVar[SocketState]

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_SOCKET: _ClassVar[Stage]
    STAGE_OPTION: _ClassVar[Stage]
    STAGE_RESOLVE: _ClassVar[Stage]
    STAGE_BIND: _ClassVar[Stage]
    STAGE_LISTEN: _ClassVar[Stage]
    STAGE_CONNECT: _ClassVar[Stage]

class ErrorOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_ORIGIN_UNSPECIFIED: _ClassVar[ErrorOrigin]
    ERROR_ORIGIN_LOCAL: _ClassVar[ErrorOrigin]
    ERROR_ORIGIN_ICMP: _ClassVar[ErrorOrigin]
    ERROR_ORIGIN_ICMP6: _ClassVar[ErrorOrigin]
    ERROR_ORIGIN_TIMESTAMPING: _ClassVar[ErrorOrigin]
    ERROR_ORIGIN_ZEROCOPY: _ClassVar[ErrorOrigin]
SOCKET_STATE_UNSPECIFIED: SocketState
SOCKET_STATE_OPEN: SocketState
SOCKET_STATE_BOUND: SocketState
SOCKET_STATE_LISTENING: SocketState
SOCKET_STATE_CONNECTING: SocketState
SOCKET_STATE_CONNECTED: SocketState
SOCKET_STATE_DISCONNECTED: SocketState
STAGE_UNSPECIFIED: Stage
STAGE_SOCKET: Stage
STAGE_OPTION: Stage
STAGE_RESOLVE: Stage
STAGE_BIND: Stage
STAGE_LISTEN: Stage
STAGE_CONNECT: Stage
ERROR_ORIGIN_UNSPECIFIED: ErrorOrigin
ERROR_ORIGIN_LOCAL: ErrorOrigin
ERROR_ORIGIN_ICMP: ErrorOrigin
ERROR_ORIGIN_ICMP6: ErrorOrigin
ERROR_ORIGIN_TIMESTAMPING: ErrorOrigin
ERROR_ORIGIN_ZEROCOPY: ErrorOrigin

class Socket(_message.Message):
    __slots__ = ("name", "uid", "session_uid", "family", "type", "protocol", "state", "tcp_state", "local", "peer", "create_time", "listener_uid", "backlog", "accept_queue", "read_offset", "acked_offset", "send_offset", "held_bytes", "receive_queue", "send_queue", "kernel_drops", "descriptors_closed", "attached", "end_seen", "read_shut_down", "write_shut_down", "network_namespace", "at_mark")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    SESSION_UID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TCP_STATE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LISTENER_UID_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_QUEUE_FIELD_NUMBER: _ClassVar[int]
    READ_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ACKED_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SEND_OFFSET_FIELD_NUMBER: _ClassVar[int]
    HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_QUEUE_FIELD_NUMBER: _ClassVar[int]
    SEND_QUEUE_FIELD_NUMBER: _ClassVar[int]
    KERNEL_DROPS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTORS_CLOSED_FIELD_NUMBER: _ClassVar[int]
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    END_SEEN_FIELD_NUMBER: _ClassVar[int]
    READ_SHUT_DOWN_FIELD_NUMBER: _ClassVar[int]
    WRITE_SHUT_DOWN_FIELD_NUMBER: _ClassVar[int]
    NETWORK_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    AT_MARK_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    session_uid: str
    family: _address_pb2.Family
    type: _address_pb2.SocketType
    protocol: int
    state: SocketState
    tcp_state: str
    local: _address_pb2.Address
    peer: _address_pb2.Address
    create_time: _timestamp_pb2.Timestamp
    listener_uid: str
    backlog: int
    accept_queue: int
    read_offset: int
    acked_offset: int
    send_offset: int
    held_bytes: int
    receive_queue: int
    send_queue: int
    kernel_drops: int
    descriptors_closed: int
    attached: bool
    end_seen: bool
    read_shut_down: bool
    write_shut_down: bool
    network_namespace: str
    at_mark: bool
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., session_uid: _Optional[str] = ..., family: _Optional[_Union[_address_pb2.Family, str]] = ..., type: _Optional[_Union[_address_pb2.SocketType, str]] = ..., protocol: _Optional[int] = ..., state: _Optional[_Union[SocketState, str]] = ..., tcp_state: _Optional[str] = ..., local: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., peer: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., listener_uid: _Optional[str] = ..., backlog: _Optional[int] = ..., accept_queue: _Optional[int] = ..., read_offset: _Optional[int] = ..., acked_offset: _Optional[int] = ..., send_offset: _Optional[int] = ..., held_bytes: _Optional[int] = ..., receive_queue: _Optional[int] = ..., send_queue: _Optional[int] = ..., kernel_drops: _Optional[int] = ..., descriptors_closed: _Optional[int] = ..., attached: _Optional[bool] = ..., end_seen: _Optional[bool] = ..., read_shut_down: _Optional[bool] = ..., write_shut_down: _Optional[bool] = ..., network_namespace: _Optional[str] = ..., at_mark: _Optional[bool] = ...) -> None: ...

class Datagram(_message.Message):
    __slots__ = ("data", "peer", "destination", "full_length", "truncated", "offset", "control", "control_truncated", "descriptors_closed", "interface_name", "ttl", "traffic_class", "receive_time", "end_of_record", "error", "source")
    DATA_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    FULL_LENGTH_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTORS_CLOSED_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_NAME_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_CLASS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_OF_RECORD_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    peer: _address_pb2.Address
    destination: _address_pb2.Address
    full_length: int
    truncated: bool
    offset: int
    control: _containers.RepeatedCompositeFieldContainer[ControlMessage]
    control_truncated: bool
    descriptors_closed: int
    interface_name: str
    ttl: int
    traffic_class: int
    receive_time: _timestamp_pb2.Timestamp
    end_of_record: bool
    error: ExtendedError
    source: str
    def __init__(self, data: _Optional[bytes] = ..., peer: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., destination: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., full_length: _Optional[int] = ..., truncated: _Optional[bool] = ..., offset: _Optional[int] = ..., control: _Optional[_Iterable[_Union[ControlMessage, _Mapping]]] = ..., control_truncated: _Optional[bool] = ..., descriptors_closed: _Optional[int] = ..., interface_name: _Optional[str] = ..., ttl: _Optional[int] = ..., traffic_class: _Optional[int] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_of_record: _Optional[bool] = ..., error: _Optional[_Union[ExtendedError, _Mapping]] = ..., source: _Optional[str] = ...) -> None: ...

class ExtendedError(_message.Message):
    __slots__ = ("errno_name", "origin", "type", "code", "info", "data", "offender")
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    OFFENDER_FIELD_NUMBER: _ClassVar[int]
    errno_name: str
    origin: ErrorOrigin
    type: int
    code: int
    info: int
    data: int
    offender: _address_pb2.Address
    def __init__(self, errno_name: _Optional[str] = ..., origin: _Optional[_Union[ErrorOrigin, str]] = ..., type: _Optional[int] = ..., code: _Optional[int] = ..., info: _Optional[int] = ..., data: _Optional[int] = ..., offender: _Optional[_Union[_address_pb2.Address, _Mapping]] = ...) -> None: ...

class ControlMessage(_message.Message):
    __slots__ = ("level", "type", "data")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    level: int
    type: int
    data: bytes
    def __init__(self, level: _Optional[int] = ..., type: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...
