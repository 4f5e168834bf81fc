from farsock.v1 import outcome_pb2 as _outcome_pb2
from farsock.v1 import socket_pb2 as _socket_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AckMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACK_MODE_UNSPECIFIED: _ClassVar[AckMode]
    ACK_MODE_AUTO: _ClassVar[AckMode]
    ACK_MODE_MANUAL: _ClassVar[AckMode]
ACK_MODE_UNSPECIFIED: AckMode
ACK_MODE_AUTO: AckMode
ACK_MODE_MANUAL: AckMode

class StreamRequest(_message.Message):
    __slots__ = ("attach", "data", "ack", "close_write")
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    CLOSE_WRITE_FIELD_NUMBER: _ClassVar[int]
    attach: Attach
    data: StreamSend
    ack: StreamAck
    close_write: CloseWrite
    def __init__(self, attach: _Optional[_Union[Attach, _Mapping]] = ..., data: _Optional[_Union[StreamSend, _Mapping]] = ..., ack: _Optional[_Union[StreamAck, _Mapping]] = ..., close_write: _Optional[_Union[CloseWrite, _Mapping]] = ...) -> None: ...

class StreamResponse(_message.Message):
    __slots__ = ("attached", "data", "applied", "end")
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    attached: Attached
    data: StreamReceive
    applied: Applied
    end: End
    def __init__(self, attached: _Optional[_Union[Attached, _Mapping]] = ..., data: _Optional[_Union[StreamReceive, _Mapping]] = ..., applied: _Optional[_Union[Applied, _Mapping]] = ..., end: _Optional[_Union[End, _Mapping]] = ...) -> None: ...

class Attach(_message.Message):
    __slots__ = ("socket", "holder", "epoch", "steal", "ack", "receive_from", "send_from", "window")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    STEAL_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    SEND_FROM_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    socket: str
    holder: str
    epoch: int
    steal: bool
    ack: AckMode
    receive_from: int
    send_from: int
    window: int
    def __init__(self, socket: _Optional[str] = ..., holder: _Optional[str] = ..., epoch: _Optional[int] = ..., steal: _Optional[bool] = ..., ack: _Optional[_Union[AckMode, str]] = ..., receive_from: _Optional[int] = ..., send_from: _Optional[int] = ..., window: _Optional[int] = ...) -> None: ...

class Attached(_message.Message):
    __slots__ = ("socket", "receive_begin", "receive_end", "send_applied", "end", "send_outcome")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_BEGIN_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_END_FIELD_NUMBER: _ClassVar[int]
    SEND_APPLIED_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    SEND_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    socket: _socket_pb2.Socket
    receive_begin: int
    receive_end: int
    send_applied: int
    end: End
    send_outcome: _outcome_pb2.Outcome
    def __init__(self, socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., receive_begin: _Optional[int] = ..., receive_end: _Optional[int] = ..., send_applied: _Optional[int] = ..., end: _Optional[_Union[End, _Mapping]] = ..., send_outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class StreamSend(_message.Message):
    __slots__ = ("offset", "data", "datagrams")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    offset: int
    data: bytes
    datagrams: _containers.RepeatedCompositeFieldContainer[_socket_pb2.Datagram]
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ..., datagrams: _Optional[_Iterable[_Union[_socket_pb2.Datagram, _Mapping]]] = ...) -> None: ...

class StreamReceive(_message.Message):
    __slots__ = ("offset", "data", "items", "control", "control_truncated", "descriptors_closed")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTORS_CLOSED_FIELD_NUMBER: _ClassVar[int]
    offset: int
    data: bytes
    items: _containers.RepeatedCompositeFieldContainer[StreamItem]
    control: _containers.RepeatedCompositeFieldContainer[_socket_pb2.ControlMessage]
    control_truncated: bool
    descriptors_closed: int
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ..., items: _Optional[_Iterable[_Union[StreamItem, _Mapping]]] = ..., control: _Optional[_Iterable[_Union[_socket_pb2.ControlMessage, _Mapping]]] = ..., control_truncated: _Optional[bool] = ..., descriptors_closed: _Optional[int] = ...) -> None: ...

class StreamItem(_message.Message):
    __slots__ = ("datagram", "error")
    DATAGRAM_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    datagram: _socket_pb2.Datagram
    error: _outcome_pb2.Outcome
    def __init__(self, datagram: _Optional[_Union[_socket_pb2.Datagram, _Mapping]] = ..., error: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class StreamAck(_message.Message):
    __slots__ = ("offset",)
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    offset: int
    def __init__(self, offset: _Optional[int] = ...) -> None: ...

class CloseWrite(_message.Message):
    __slots__ = ("offset",)
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    offset: int
    def __init__(self, offset: _Optional[int] = ...) -> None: ...

class Applied(_message.Message):
    __slots__ = ("offset", "refused", "outcome")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    offset: int
    refused: _containers.RepeatedCompositeFieldContainer[RefusedDatagram]
    outcome: _outcome_pb2.Outcome
    def __init__(self, offset: _Optional[int] = ..., refused: _Optional[_Iterable[_Union[RefusedDatagram, _Mapping]]] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class RefusedDatagram(_message.Message):
    __slots__ = ("offset", "outcome")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    offset: int
    outcome: _outcome_pb2.Outcome
    def __init__(self, offset: _Optional[int] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class End(_message.Message):
    __slots__ = ("offset", "how")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    HOW_FIELD_NUMBER: _ClassVar[int]
    offset: int
    how: _outcome_pb2.Outcome
    def __init__(self, offset: _Optional[int] = ..., how: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...
