"""What libzmq takes for its options: reads [types, [number, bytes][], values] as JSON, writes a row for each type and number.

A row is what the option is at first, and for each value what setting it gives and what it is then; an error is its name.
"""
import ctypes
import ctypes.util
import errno
import json
import sys

zmq = ctypes.CDLL(ctypes.util.find_library("zmq"), use_errno=True)
zmq.zmq_ctx_new.restype = ctypes.c_void_p
zmq.zmq_ctx_term.argtypes = [ctypes.c_void_p]
zmq.zmq_socket.restype = ctypes.c_void_p
zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
zmq.zmq_setsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
zmq.zmq_getsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
zmq.zmq_close.argtypes = [ctypes.c_void_p]


def outcome(result, value):
    return value if result == 0 else errno.errorcode[ctypes.get_errno()]


def get(socket, number, kind):
    value, size = kind(0), ctypes.c_size_t(ctypes.sizeof(kind))
    result = zmq.zmq_getsockopt(socket, number, ctypes.byref(value), ctypes.byref(size))
    return outcome(result, value.value)


def put(socket, number, kind, what):
    value = kind(what)
    return outcome(zmq.zmq_setsockopt(socket, number, ctypes.byref(value), ctypes.sizeof(kind)), 0)


types, numbers, values = json.load(sys.stdin)
rows = {}
for socket_type in types:
    context = zmq.zmq_ctx_new()
    sockets = []
    for number, size in numbers:
        kind = ctypes.c_int64 if size == 8 else ctypes.c_int
        socket = zmq.zmq_socket(context, socket_type)
        sockets.append(socket)
        row = [get(socket, number, kind)]
        for what in values:
            row.append([put(socket, number, kind, what), get(socket, number, kind)])
        rows[f"{socket_type} {number}"] = row
    for socket in sockets:
        zmq.zmq_close(socket)
    zmq.zmq_ctx_term(context)
json.dump(rows, sys.stdout)
