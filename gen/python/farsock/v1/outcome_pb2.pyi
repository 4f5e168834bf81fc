from farsock.v1 import address_pb2 as _address_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OutcomeCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_CODE_UNSPECIFIED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_DONE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_REFUSED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_TIMED_OUT: _ClassVar[OutcomeCode]
    OUTCOME_CODE_WAIT_ELAPSED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_RESET: _ClassVar[OutcomeCode]
    OUTCOME_CODE_UNREACHABLE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_ADDRESS_IN_USE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_ADDRESS_NOT_AVAILABLE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NOT_PERMITTED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NAME_NOT_RESOLVED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NOT_CONNECTED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_ALREADY_CONNECTED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_IN_PROGRESS: _ClassVar[OutcomeCode]
    OUTCOME_CODE_ALREADY: _ClassVar[OutcomeCode]
    OUTCOME_CODE_WOULD_BLOCK: _ClassVar[OutcomeCode]
    OUTCOME_CODE_BROKEN_PIPE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_LIMIT: _ClassVar[OutcomeCode]
    OUTCOME_CODE_INVALID: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NOT_SUPPORTED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_MESSAGE_TOO_LARGE: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NO_RESOURCES: _ClassVar[OutcomeCode]
    OUTCOME_CODE_NOT_FOUND: _ClassVar[OutcomeCode]
    OUTCOME_CODE_ABORTED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_DESTINATION_REQUIRED: _ClassVar[OutcomeCode]
    OUTCOME_CODE_OTHER: _ClassVar[OutcomeCode]
OUTCOME_CODE_UNSPECIFIED: OutcomeCode
OUTCOME_CODE_DONE: OutcomeCode
OUTCOME_CODE_REFUSED: OutcomeCode
OUTCOME_CODE_TIMED_OUT: OutcomeCode
OUTCOME_CODE_WAIT_ELAPSED: OutcomeCode
OUTCOME_CODE_RESET: OutcomeCode
OUTCOME_CODE_UNREACHABLE: OutcomeCode
OUTCOME_CODE_ADDRESS_IN_USE: OutcomeCode
OUTCOME_CODE_ADDRESS_NOT_AVAILABLE: OutcomeCode
OUTCOME_CODE_NOT_PERMITTED: OutcomeCode
OUTCOME_CODE_NAME_NOT_RESOLVED: OutcomeCode
OUTCOME_CODE_NOT_CONNECTED: OutcomeCode
OUTCOME_CODE_ALREADY_CONNECTED: OutcomeCode
OUTCOME_CODE_IN_PROGRESS: OutcomeCode
OUTCOME_CODE_ALREADY: OutcomeCode
OUTCOME_CODE_WOULD_BLOCK: OutcomeCode
OUTCOME_CODE_BROKEN_PIPE: OutcomeCode
OUTCOME_CODE_LIMIT: OutcomeCode
OUTCOME_CODE_INVALID: OutcomeCode
OUTCOME_CODE_NOT_SUPPORTED: OutcomeCode
OUTCOME_CODE_MESSAGE_TOO_LARGE: OutcomeCode
OUTCOME_CODE_NO_RESOURCES: OutcomeCode
OUTCOME_CODE_NOT_FOUND: OutcomeCode
OUTCOME_CODE_ABORTED: OutcomeCode
OUTCOME_CODE_DESTINATION_REQUIRED: OutcomeCode
OUTCOME_CODE_OTHER: OutcomeCode

class Outcome(_message.Message):
    __slots__ = ("code", "errno_name", "syscall", "local", "peer", "detail")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    SYSCALL_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    code: OutcomeCode
    errno_name: str
    syscall: str
    local: _address_pb2.Address
    peer: _address_pb2.Address
    detail: str
    def __init__(self, code: _Optional[_Union[OutcomeCode, str]] = ..., errno_name: _Optional[str] = ..., syscall: _Optional[str] = ..., local: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., peer: _Optional[_Union[_address_pb2.Address, _Mapping]] = ..., detail: _Optional[str] = ...) -> None: ...
