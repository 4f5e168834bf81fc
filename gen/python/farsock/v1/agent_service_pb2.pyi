import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetAgentRequest(_message.Message):
    __slots__ = ("network_namespace",)
    NETWORK_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    network_namespace: str
    def __init__(self, network_namespace: _Optional[str] = ...) -> None: ...

class GetAgentResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class Agent(_message.Message):
    __slots__ = ("version", "incarnation", "hostname", "os", "arch", "kernel", "pid", "uid", "start_time", "interfaces", "capabilities", "limits", "network_namespaces")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    OS_FIELD_NUMBER: _ClassVar[int]
    ARCH_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    INTERFACES_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    version: str
    incarnation: str
    hostname: str
    os: str
    arch: str
    kernel: str
    pid: int
    uid: int
    start_time: _timestamp_pb2.Timestamp
    interfaces: _containers.RepeatedCompositeFieldContainer[NetworkInterface]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: _containers.RepeatedCompositeFieldContainer[Limit]
    network_namespaces: _containers.RepeatedCompositeFieldContainer[NetworkNamespace]
    def __init__(self, version: _Optional[str] = ..., incarnation: _Optional[str] = ..., hostname: _Optional[str] = ..., os: _Optional[str] = ..., arch: _Optional[str] = ..., kernel: _Optional[str] = ..., pid: _Optional[int] = ..., uid: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., interfaces: _Optional[_Iterable[_Union[NetworkInterface, _Mapping]]] = ..., capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Iterable[_Union[Limit, _Mapping]]] = ..., network_namespaces: _Optional[_Iterable[_Union[NetworkNamespace, _Mapping]]] = ...) -> None: ...

class NetworkNamespace(_message.Message):
    __slots__ = ("name", "path", "inode", "own")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    INODE_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    inode: int
    own: bool
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., inode: _Optional[int] = ..., own: _Optional[bool] = ...) -> None: ...

class NetworkInterface(_message.Message):
    __slots__ = ("name", "index", "addresses", "mtu", "up", "loopback")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    MTU_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    LOOPBACK_FIELD_NUMBER: _ClassVar[int]
    name: str
    index: int
    addresses: _containers.RepeatedScalarFieldContainer[str]
    mtu: int
    up: bool
    loopback: bool
    def __init__(self, name: _Optional[str] = ..., index: _Optional[int] = ..., addresses: _Optional[_Iterable[str]] = ..., mtu: _Optional[int] = ..., up: _Optional[bool] = ..., loopback: _Optional[bool] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("name", "max", "unit", "in_use", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    max: int
    unit: str
    in_use: int
    description: str
    def __init__(self, name: _Optional[str] = ..., max: _Optional[int] = ..., unit: _Optional[str] = ..., in_use: _Optional[int] = ..., description: _Optional[str] = ...) -> None: ...
