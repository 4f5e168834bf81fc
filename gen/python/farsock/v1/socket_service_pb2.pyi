import datetime

from farsock.v1 import address_pb2 as _address_pb2
from farsock.v1 import kernel_pb2 as _kernel_pb2
from farsock.v1 import option_pb2 as _option_pb2
from farsock.v1 import outcome_pb2 as _outcome_pb2
from farsock.v1 import socket_pb2 as _socket_pb2
from farsock.v1 import stream_pb2 as _stream_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StoppedBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOPPED_BY_UNSPECIFIED: _ClassVar[StoppedBy]
    STOPPED_BY_AVAILABLE: _ClassVar[StoppedBy]
    STOPPED_BY_EXACTLY: _ClassVar[StoppedBy]
    STOPPED_BY_DELIMITER: _ClassVar[StoppedBy]
    STOPPED_BY_PATTERN: _ClassVar[StoppedBy]
    STOPPED_BY_END: _ClassVar[StoppedBy]

class ShutdownHow(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHUTDOWN_HOW_UNSPECIFIED: _ClassVar[ShutdownHow]
    SHUTDOWN_HOW_READ: _ClassVar[ShutdownHow]
    SHUTDOWN_HOW_WRITE: _ClassVar[ShutdownHow]
    SHUTDOWN_HOW_BOTH: _ClassVar[ShutdownHow]
STOPPED_BY_UNSPECIFIED: StoppedBy
STOPPED_BY_AVAILABLE: StoppedBy
STOPPED_BY_EXACTLY: StoppedBy
STOPPED_BY_DELIMITER: StoppedBy
STOPPED_BY_PATTERN: StoppedBy
STOPPED_BY_END: StoppedBy
SHUTDOWN_HOW_UNSPECIFIED: ShutdownHow
SHUTDOWN_HOW_READ: ShutdownHow
SHUTDOWN_HOW_WRITE: ShutdownHow
SHUTDOWN_HOW_BOTH: ShutdownHow

class OpenRequest(_message.Message):
    __slots__ = ("session", "name", "request_id", "family", "type", "protocol", "network_namespace", "options", "bind", "listen", "connect", "wait", "keep_on_failure")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    NETWORK_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    BIND_FIELD_NUMBER: _ClassVar[int]
    LISTEN_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    KEEP_ON_FAILURE_FIELD_NUMBER: _ClassVar[int]
    session: str
    name: str
    request_id: str
    family: _address_pb2.Family
    type: _address_pb2.SocketType
    protocol: int
    network_namespace: str
    options: _containers.RepeatedCompositeFieldContainer[_option_pb2.SocketOption]
    bind: _address_pb2.Address
    listen: ListenStage
    connect: _address_pb2.Address
    wait: _duration_pb2.Duration
    keep_on_failure: bool
    def __init__(self, session: _Optional[str] = ..., name: _Optional[str] = ..., request_id: _Optional[str] = ..., family: _Optional[_Union[_address_pb2.Family, str]] = ..., type: _Optional[_Union[_address_pb2.SocketType, str]] = ..., protocol: _Optional[int] = ..., network_namespace: _Optional[str] = ..., options: _Optional[_Iterable[_Union[_option_pb2.SocketOption, _Mapping]]] = ..., bind: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., listen: _Optional[_Union[ListenStage, _Mapping]] = ..., connect: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., keep_on_failure: _Optional[bool] = ...) -> None: ...

class ListenStage(_message.Message):
    __slots__ = ("backlog",)
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    backlog: int
    def __init__(self, backlog: _Optional[int] = ...) -> None: ...

class OpenResponse(_message.Message):
    __slots__ = ("socket", "outcome", "stage", "option_index")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    OPTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    socket: _socket_pb2.Socket
    outcome: _outcome_pb2.Outcome
    stage: _socket_pb2.Stage
    option_index: int
    def __init__(self, socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., stage: _Optional[_Union[_socket_pb2.Stage, str]] = ..., option_index: _Optional[int] = ...) -> None: ...

class BindRequest(_message.Message):
    __slots__ = ("socket", "address", "wait")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    socket: str
    address: _address_pb2.Address
    wait: _duration_pb2.Duration
    def __init__(self, socket: _Optional[str] = ..., address: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class BindResponse(_message.Message):
    __slots__ = ("outcome", "socket", "stage")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    socket: _socket_pb2.Socket
    stage: _socket_pb2.Stage
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., stage: _Optional[_Union[_socket_pb2.Stage, str]] = ...) -> None: ...

class ListenRequest(_message.Message):
    __slots__ = ("socket", "backlog")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    socket: str
    backlog: int
    def __init__(self, socket: _Optional[str] = ..., backlog: _Optional[int] = ...) -> None: ...

class ListenResponse(_message.Message):
    __slots__ = ("outcome", "socket")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    socket: _socket_pb2.Socket
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ...) -> None: ...

class ConnectRequest(_message.Message):
    __slots__ = ("socket", "peer", "wait", "disconnect")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    socket: str
    peer: _address_pb2.Address
    wait: _duration_pb2.Duration
    disconnect: bool
    def __init__(self, socket: _Optional[str] = ..., peer: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., disconnect: _Optional[bool] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("outcome", "socket", "stage")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    socket: _socket_pb2.Socket
    stage: _socket_pb2.Stage
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., stage: _Optional[_Union[_socket_pb2.Stage, str]] = ...) -> None: ...

class AcceptRequest(_message.Message):
    __slots__ = ("socket", "name", "request_id", "wait")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    socket: str
    name: str
    request_id: str
    wait: _duration_pb2.Duration
    def __init__(self, socket: _Optional[str] = ..., name: _Optional[str] = ..., request_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AcceptResponse(_message.Message):
    __slots__ = ("socket", "outcome")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    socket: _socket_pb2.Socket
    outcome: _outcome_pb2.Outcome
    def __init__(self, socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class SendRequest(_message.Message):
    __slots__ = ("socket", "data", "to", "wait", "dont_wait", "more", "out_of_band", "offset", "holder", "control", "dont_route", "confirm", "end_of_record", "fast_open", "buffer_sizes", "datagrams")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    DONT_WAIT_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_BAND_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    DONT_ROUTE_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    END_OF_RECORD_FIELD_NUMBER: _ClassVar[int]
    FAST_OPEN_FIELD_NUMBER: _ClassVar[int]
    BUFFER_SIZES_FIELD_NUMBER: _ClassVar[int]
    DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    socket: str
    data: bytes
    to: _address_pb2.Address
    wait: _duration_pb2.Duration
    dont_wait: bool
    more: bool
    out_of_band: bool
    offset: int
    holder: str
    control: _containers.RepeatedCompositeFieldContainer[_socket_pb2.ControlMessage]
    dont_route: bool
    confirm: bool
    end_of_record: bool
    fast_open: bool
    buffer_sizes: _containers.RepeatedScalarFieldContainer[int]
    datagrams: _containers.RepeatedCompositeFieldContainer[_socket_pb2.Datagram]
    def __init__(self, socket: _Optional[str] = ..., data: _Optional[bytes] = ..., to: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., dont_wait: _Optional[bool] = ..., more: _Optional[bool] = ..., out_of_band: _Optional[bool] = ..., offset: _Optional[int] = ..., holder: _Optional[str] = ..., control: _Optional[_Iterable[_Union[_socket_pb2.ControlMessage, _Mapping]]] = ..., dont_route: _Optional[bool] = ..., confirm: _Optional[bool] = ..., end_of_record: _Optional[bool] = ..., fast_open: _Optional[bool] = ..., buffer_sizes: _Optional[_Iterable[int]] = ..., datagrams: _Optional[_Iterable[_Union[_socket_pb2.Datagram, _Mapping]]] = ...) -> None: ...

class SendResponse(_message.Message):
    __slots__ = ("outcome", "applied", "skipped", "send_offset", "datagrams_applied")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    SEND_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATAGRAMS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    applied: int
    skipped: int
    send_offset: int
    datagrams_applied: int
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., applied: _Optional[int] = ..., skipped: _Optional[int] = ..., send_offset: _Optional[int] = ..., datagrams_applied: _Optional[int] = ...) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("socket", "max_bytes", "exactly", "delimiter", "pattern", "end_of_stream", "wait", "peek", "dont_wait", "wait_all", "out_of_band", "ack", "offset", "max_datagrams", "error_queue", "buffer_sizes", "max_control_bytes")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    EXACTLY_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    END_OF_STREAM_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    PEEK_FIELD_NUMBER: _ClassVar[int]
    DONT_WAIT_FIELD_NUMBER: _ClassVar[int]
    WAIT_ALL_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_BAND_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    MAX_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    ERROR_QUEUE_FIELD_NUMBER: _ClassVar[int]
    BUFFER_SIZES_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTROL_BYTES_FIELD_NUMBER: _ClassVar[int]
    socket: str
    max_bytes: int
    exactly: int
    delimiter: bytes
    pattern: str
    end_of_stream: bool
    wait: _duration_pb2.Duration
    peek: bool
    dont_wait: bool
    wait_all: bool
    out_of_band: bool
    ack: _stream_pb2.AckMode
    offset: int
    max_datagrams: int
    error_queue: bool
    buffer_sizes: _containers.RepeatedScalarFieldContainer[int]
    max_control_bytes: int
    def __init__(self, socket: _Optional[str] = ..., max_bytes: _Optional[int] = ..., exactly: _Optional[int] = ..., delimiter: _Optional[bytes] = ..., pattern: _Optional[str] = ..., end_of_stream: _Optional[bool] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., peek: _Optional[bool] = ..., dont_wait: _Optional[bool] = ..., wait_all: _Optional[bool] = ..., out_of_band: _Optional[bool] = ..., ack: _Optional[_Union[_stream_pb2.AckMode, str]] = ..., offset: _Optional[int] = ..., max_datagrams: _Optional[int] = ..., error_queue: _Optional[bool] = ..., buffer_sizes: _Optional[_Iterable[int]] = ..., max_control_bytes: _Optional[int] = ...) -> None: ...

class ReceiveResponse(_message.Message):
    __slots__ = ("outcome", "offset", "data", "datagrams", "end", "stopped_by", "match", "held_bytes", "receive_queue", "descriptors_closed", "control", "control_truncated")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    STOPPED_BY_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_QUEUE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTORS_CLOSED_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    offset: int
    data: bytes
    datagrams: _containers.RepeatedCompositeFieldContainer[_socket_pb2.Datagram]
    end: bool
    stopped_by: StoppedBy
    match: _containers.RepeatedCompositeFieldContainer[Span]
    held_bytes: int
    receive_queue: int
    descriptors_closed: int
    control: _containers.RepeatedCompositeFieldContainer[_socket_pb2.ControlMessage]
    control_truncated: bool
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ..., datagrams: _Optional[_Iterable[_Union[_socket_pb2.Datagram, _Mapping]]] = ..., end: _Optional[bool] = ..., stopped_by: _Optional[_Union[StoppedBy, str]] = ..., match: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., held_bytes: _Optional[int] = ..., receive_queue: _Optional[int] = ..., descriptors_closed: _Optional[int] = ..., control: _Optional[_Iterable[_Union[_socket_pb2.ControlMessage, _Mapping]]] = ..., control_truncated: _Optional[bool] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("begin", "end")
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    begin: int
    end: int
    def __init__(self, begin: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class AckRequest(_message.Message):
    __slots__ = ("socket", "offset")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    socket: str
    offset: int
    def __init__(self, socket: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class AckResponse(_message.Message):
    __slots__ = ("acked_offset", "held_bytes")
    ACKED_OFFSET_FIELD_NUMBER: _ClassVar[int]
    HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    acked_offset: int
    held_bytes: int
    def __init__(self, acked_offset: _Optional[int] = ..., held_bytes: _Optional[int] = ...) -> None: ...

class ShutdownRequest(_message.Message):
    __slots__ = ("socket", "how")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    HOW_FIELD_NUMBER: _ClassVar[int]
    socket: str
    how: ShutdownHow
    def __init__(self, socket: _Optional[str] = ..., how: _Optional[_Union[ShutdownHow, str]] = ...) -> None: ...

class ShutdownResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class CloseRequest(_message.Message):
    __slots__ = ("socket", "abort")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    ABORT_FIELD_NUMBER: _ClassVar[int]
    socket: str
    abort: bool
    def __init__(self, socket: _Optional[str] = ..., abort: _Optional[bool] = ...) -> None: ...

class CloseResponse(_message.Message):
    __slots__ = ("outcome", "socket")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    socket: _socket_pb2.Socket
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ...) -> None: ...

class GetSocketRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSocketResponse(_message.Message):
    __slots__ = ("socket", "tcp_info", "memory", "mptcp_info")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    TCP_INFO_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    MPTCP_INFO_FIELD_NUMBER: _ClassVar[int]
    socket: _socket_pb2.Socket
    tcp_info: _kernel_pb2.TcpInfo
    memory: _kernel_pb2.MemoryInfo
    mptcp_info: _kernel_pb2.MptcpInfo
    def __init__(self, socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ..., tcp_info: _Optional[_Union[_kernel_pb2.TcpInfo, _Mapping]] = ..., memory: _Optional[_Union[_kernel_pb2.MemoryInfo, _Mapping]] = ..., mptcp_info: _Optional[_Union[_kernel_pb2.MptcpInfo, _Mapping]] = ...) -> None: ...

class WaitSocketRequest(_message.Message):
    __slots__ = ("socket", "states", "tcp_states", "wait")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TCP_STATES_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    socket: str
    states: _containers.RepeatedScalarFieldContainer[_socket_pb2.SocketState]
    tcp_states: _containers.RepeatedScalarFieldContainer[str]
    wait: _duration_pb2.Duration
    def __init__(self, socket: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_socket_pb2.SocketState, str]]] = ..., tcp_states: _Optional[_Iterable[str]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WaitSocketResponse(_message.Message):
    __slots__ = ("outcome", "socket")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    socket: _socket_pb2.Socket
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., socket: _Optional[_Union[_socket_pb2.Socket, _Mapping]] = ...) -> None: ...

class ListSocketsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSocketsResponse(_message.Message):
    __slots__ = ("sockets", "next_page_token")
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sockets: _containers.RepeatedCompositeFieldContainer[_socket_pb2.Socket]
    next_page_token: str
    def __init__(self, sockets: _Optional[_Iterable[_Union[_socket_pb2.Socket, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PollRequest(_message.Message):
    __slots__ = ("items", "wait")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PollItem]
    wait: _duration_pb2.Duration
    def __init__(self, items: _Optional[_Iterable[_Union[PollItem, _Mapping]]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class PollItem(_message.Message):
    __slots__ = ("socket", "readable", "writable", "urgent", "read_hang_up")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    READABLE_FIELD_NUMBER: _ClassVar[int]
    WRITABLE_FIELD_NUMBER: _ClassVar[int]
    URGENT_FIELD_NUMBER: _ClassVar[int]
    READ_HANG_UP_FIELD_NUMBER: _ClassVar[int]
    socket: str
    readable: bool
    writable: bool
    urgent: bool
    read_hang_up: bool
    def __init__(self, socket: _Optional[str] = ..., readable: _Optional[bool] = ..., writable: _Optional[bool] = ..., urgent: _Optional[bool] = ..., read_hang_up: _Optional[bool] = ...) -> None: ...

class PollResponse(_message.Message):
    __slots__ = ("outcome", "ready")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    ready: _containers.RepeatedCompositeFieldContainer[PollReady]
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., ready: _Optional[_Iterable[_Union[PollReady, _Mapping]]] = ...) -> None: ...

class PollReady(_message.Message):
    __slots__ = ("index", "readable", "writable", "urgent", "error", "hang_up", "read_hang_up")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    READABLE_FIELD_NUMBER: _ClassVar[int]
    WRITABLE_FIELD_NUMBER: _ClassVar[int]
    URGENT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    HANG_UP_FIELD_NUMBER: _ClassVar[int]
    READ_HANG_UP_FIELD_NUMBER: _ClassVar[int]
    index: int
    readable: bool
    writable: bool
    urgent: bool
    error: bool
    hang_up: bool
    read_hang_up: bool
    def __init__(self, index: _Optional[int] = ..., readable: _Optional[bool] = ..., writable: _Optional[bool] = ..., urgent: _Optional[bool] = ..., error: _Optional[bool] = ..., hang_up: _Optional[bool] = ..., read_hang_up: _Optional[bool] = ...) -> None: ...

class GetOptionsRequest(_message.Message):
    __slots__ = ("socket", "names", "raw")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    socket: str
    names: _containers.RepeatedScalarFieldContainer[str]
    raw: _containers.RepeatedCompositeFieldContainer[_option_pb2.RawOption]
    def __init__(self, socket: _Optional[str] = ..., names: _Optional[_Iterable[str]] = ..., raw: _Optional[_Iterable[_Union[_option_pb2.RawOption, _Mapping]]] = ...) -> None: ...

class GetOptionsResponse(_message.Message):
    __slots__ = ("outcome", "options")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    options: _containers.RepeatedCompositeFieldContainer[_option_pb2.SocketOption]
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., options: _Optional[_Iterable[_Union[_option_pb2.SocketOption, _Mapping]]] = ...) -> None: ...

class SetOptionsRequest(_message.Message):
    __slots__ = ("socket", "options")
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    socket: str
    options: _containers.RepeatedCompositeFieldContainer[_option_pb2.SocketOption]
    def __init__(self, socket: _Optional[str] = ..., options: _Optional[_Iterable[_Union[_option_pb2.SocketOption, _Mapping]]] = ...) -> None: ...

class SetOptionsResponse(_message.Message):
    __slots__ = ("outcome", "failed_index", "options")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FAILED_INDEX_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    failed_index: int
    options: _containers.RepeatedCompositeFieldContainer[_option_pb2.SocketOption]
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., failed_index: _Optional[int] = ..., options: _Optional[_Iterable[_Union[_option_pb2.SocketOption, _Mapping]]] = ...) -> None: ...

class ResolveRequest(_message.Message):
    __slots__ = ("host", "family", "network_namespace", "wait")
    HOST_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    NETWORK_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    host: str
    family: _address_pb2.Family
    network_namespace: str
    wait: _duration_pb2.Duration
    def __init__(self, host: _Optional[str] = ..., family: _Optional[_Union[_address_pb2.Family, str]] = ..., network_namespace: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ResolveResponse(_message.Message):
    __slots__ = ("outcome", "addresses")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., addresses: _Optional[_Iterable[str]] = ...) -> None: ...
