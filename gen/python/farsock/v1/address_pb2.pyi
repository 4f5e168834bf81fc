from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Family(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAMILY_UNSPECIFIED: _ClassVar[Family]
    FAMILY_INET: _ClassVar[Family]
    FAMILY_INET6: _ClassVar[Family]
    FAMILY_UNIX: _ClassVar[Family]

class SocketType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOCKET_TYPE_UNSPECIFIED: _ClassVar[SocketType]
    SOCKET_TYPE_STREAM: _ClassVar[SocketType]
    SOCKET_TYPE_DATAGRAM: _ClassVar[SocketType]
    SOCKET_TYPE_SEQPACKET: _ClassVar[SocketType]
FAMILY_UNSPECIFIED: Family
FAMILY_INET: Family
FAMILY_INET6: Family
FAMILY_UNIX: Family
SOCKET_TYPE_UNSPECIFIED: SocketType
SOCKET_TYPE_STREAM: SocketType
SOCKET_TYPE_DATAGRAM: SocketType
SOCKET_TYPE_SEQPACKET: SocketType

class Address(_message.Message):
    __slots__ = ("inet", "unix_domain")
    INET_FIELD_NUMBER: _ClassVar[int]
    UNIX_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    inet: InetAddress
    unix_domain: UnixAddress
    def __init__(self, inet: _Optional[_Union[InetAddress, _Mapping]] = ..., unix_domain: _Optional[_Union[UnixAddress, _Mapping]] = ...) -> None: ...

class InetAddress(_message.Message):
    __slots__ = ("host", "port")
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    host: str
    port: int
    def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class UnixAddress(_message.Message):
    __slots__ = ("path", "abstract")
    PATH_FIELD_NUMBER: _ClassVar[int]
    ABSTRACT_FIELD_NUMBER: _ClassVar[int]
    path: str
    abstract: bytes
    def __init__(self, path: _Optional[str] = ..., abstract: _Optional[bytes] = ...) -> None: ...
