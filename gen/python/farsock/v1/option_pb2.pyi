import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SocketOption(_message.Message):
    __slots__ = ("reuse_address", "reuse_port", "linger", "no_delay", "keep_alive", "send_buffer", "receive_buffer", "v6_only", "broadcast", "ttl", "raw", "keep_alive_idle", "keep_alive_interval", "keep_alive_count", "user_timeout", "traffic_class", "device", "mark", "multicast_join", "multicast_leave", "multicast_ttl", "multicast_loop", "multicast_interface", "timestamps", "packet_info", "error_queue", "receive_ttl", "receive_traffic_class", "cork", "congestion_control", "max_segment", "fast_open", "fast_open_connect", "defer_accept", "quick_ack", "mtu_discovery", "mtu", "out_of_band_inline", "dont_route", "priority", "multicast_all", "receive_timeout", "send_timeout", "receive_low_water", "error")
    REUSE_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REUSE_PORT_FIELD_NUMBER: _ClassVar[int]
    LINGER_FIELD_NUMBER: _ClassVar[int]
    NO_DELAY_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    SEND_BUFFER_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_BUFFER_FIELD_NUMBER: _ClassVar[int]
    V6_ONLY_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_IDLE_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    USER_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_CLASS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_JOIN_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_LEAVE_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_TTL_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_LOOP_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_INTERFACE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMPS_FIELD_NUMBER: _ClassVar[int]
    PACKET_INFO_FIELD_NUMBER: _ClassVar[int]
    ERROR_QUEUE_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TTL_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TRAFFIC_CLASS_FIELD_NUMBER: _ClassVar[int]
    CORK_FIELD_NUMBER: _ClassVar[int]
    CONGESTION_CONTROL_FIELD_NUMBER: _ClassVar[int]
    MAX_SEGMENT_FIELD_NUMBER: _ClassVar[int]
    FAST_OPEN_FIELD_NUMBER: _ClassVar[int]
    FAST_OPEN_CONNECT_FIELD_NUMBER: _ClassVar[int]
    DEFER_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    QUICK_ACK_FIELD_NUMBER: _ClassVar[int]
    MTU_DISCOVERY_FIELD_NUMBER: _ClassVar[int]
    MTU_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_BAND_INLINE_FIELD_NUMBER: _ClassVar[int]
    DONT_ROUTE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_ALL_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    SEND_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_LOW_WATER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    reuse_address: bool
    reuse_port: bool
    linger: Linger
    no_delay: bool
    keep_alive: bool
    send_buffer: int
    receive_buffer: int
    v6_only: bool
    broadcast: bool
    ttl: int
    raw: RawOption
    keep_alive_idle: int
    keep_alive_interval: int
    keep_alive_count: int
    user_timeout: int
    traffic_class: int
    device: str
    mark: int
    multicast_join: MulticastMembership
    multicast_leave: MulticastMembership
    multicast_ttl: int
    multicast_loop: bool
    multicast_interface: str
    timestamps: bool
    packet_info: bool
    error_queue: bool
    receive_ttl: bool
    receive_traffic_class: bool
    cork: bool
    congestion_control: str
    max_segment: int
    fast_open: int
    fast_open_connect: bool
    defer_accept: int
    quick_ack: bool
    mtu_discovery: int
    mtu: int
    out_of_band_inline: bool
    dont_route: bool
    priority: int
    multicast_all: bool
    receive_timeout: _duration_pb2.Duration
    send_timeout: _duration_pb2.Duration
    receive_low_water: int
    error: str
    def __init__(self, reuse_address: _Optional[bool] = ..., reuse_port: _Optional[bool] = ..., linger: _Optional[_Union[Linger, _Mapping]] = ..., no_delay: _Optional[bool] = ..., keep_alive: _Optional[bool] = ..., send_buffer: _Optional[int] = ..., receive_buffer: _Optional[int] = ..., v6_only: _Optional[bool] = ..., broadcast: _Optional[bool] = ..., ttl: _Optional[int] = ..., raw: _Optional[_Union[RawOption, _Mapping]] = ..., keep_alive_idle: _Optional[int] = ..., keep_alive_interval: _Optional[int] = ..., keep_alive_count: _Optional[int] = ..., user_timeout: _Optional[int] = ..., traffic_class: _Optional[int] = ..., device: _Optional[str] = ..., mark: _Optional[int] = ..., multicast_join: _Optional[_Union[MulticastMembership, _Mapping]] = ..., multicast_leave: _Optional[_Union[MulticastMembership, _Mapping]] = ..., multicast_ttl: _Optional[int] = ..., multicast_loop: _Optional[bool] = ..., multicast_interface: _Optional[str] = ..., timestamps: _Optional[bool] = ..., packet_info: _Optional[bool] = ..., error_queue: _Optional[bool] = ..., receive_ttl: _Optional[bool] = ..., receive_traffic_class: _Optional[bool] = ..., cork: _Optional[bool] = ..., congestion_control: _Optional[str] = ..., max_segment: _Optional[int] = ..., fast_open: _Optional[int] = ..., fast_open_connect: _Optional[bool] = ..., defer_accept: _Optional[int] = ..., quick_ack: _Optional[bool] = ..., mtu_discovery: _Optional[int] = ..., mtu: _Optional[int] = ..., out_of_band_inline: _Optional[bool] = ..., dont_route: _Optional[bool] = ..., priority: _Optional[int] = ..., multicast_all: _Optional[bool] = ..., receive_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., send_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., receive_low_water: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class Linger(_message.Message):
    __slots__ = ("on", "seconds")
    ON_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    on: bool
    seconds: int
    def __init__(self, on: _Optional[bool] = ..., seconds: _Optional[int] = ...) -> None: ...

class RawOption(_message.Message):
    __slots__ = ("level", "name", "int_value", "bytes_value", "size")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    INT_VALUE_FIELD_NUMBER: _ClassVar[int]
    BYTES_VALUE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    level: int
    name: int
    int_value: int
    bytes_value: bytes
    size: int
    def __init__(self, level: _Optional[int] = ..., name: _Optional[int] = ..., int_value: _Optional[int] = ..., bytes_value: _Optional[bytes] = ..., size: _Optional[int] = ...) -> None: ...

class MulticastMembership(_message.Message):
    __slots__ = ("group", "interface_name", "source")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    group: str
    interface_name: str
    source: str
    def __init__(self, group: _Optional[str] = ..., interface_name: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...
