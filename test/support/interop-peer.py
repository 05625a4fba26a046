"""Sockets of libzmq, driven by lines of JSON on stdin.

Each line is {"id": n, "do": name, ...}; each gets one line {"id": n, "ok": value} or {"id": n, "error": text}. `send`
and `receive` answer when they are done, in the order of their calls on that socket; meanwhile other lines are served.
A socket that nobody asks to receive is not read. With `names` a
`receive` answers with those properties of each message. `flood` sends numbered messages, and a brief `receive` answers with
first parts and sizes only: for many messages. `proxy` hands sockets over to a steerable proxy in a thread of its own, and
`ended` waits for its end. Commands that begin with `peer` and version 2 of `monitor` want a libzmq with draft functions
preloaded. Ends with stdin, and by itself after a minute.
"""
import base64
import collections
import ctypes
import json
import os
import signal
import sys
import threading

import zmq

signal.alarm(60)
context = zmq.Context()
poller = zmq.Poller()
poller.register(0, zmq.POLLIN)
sockets = {}
receives = collections.defaultdict(collections.deque)
sends = collections.defaultdict(collections.deque)
proxies = {}
peers = {}
c = ctypes.CDLL(None)
PEER = 19


def answer(request, value=None):
    sys.stdout.write(json.dumps({"id": request["id"], "ok": value}) + "\n")


def refuse(request, error):
    sys.stdout.write(json.dumps({"id": request["id"], "error": str(error) or repr(error)}) + "\n")


def option_value(value):
    return value.encode("latin1") if isinstance(value, str) else int(value)


def set_options(socket, options):
    for name, value in options.items():
        socket.setsockopt(getattr(zmq, name), option_value(value))


def properties(frame, names):
    found = {}
    for name in names:
        try:
            found[name] = frame.get(name)
        except zmq.ZMQError:
            pass
    return found


def serve_receives(name):
    queue, socket = receives[name], sockets[name]
    while queue:
        request, got = queue[0]
        try:
            while len(got) < request["count"]:
                if "names" in request:
                    got.append(properties(socket.recv_multipart(zmq.NOBLOCK, copy=False)[-1], request["names"]))
                    continue
                parts = socket.recv_multipart(zmq.NOBLOCK)
                if request.get("brief"):
                    got.append([parts[0].decode(), sum(len(part) for part in parts[1:])])
                else:
                    got.append([base64.b64encode(part).decode() for part in parts])
        except zmq.Again:
            return
        except zmq.ZMQError as error:
            queue.popleft()
            refuse(request, error)
            continue
        queue.popleft()
        answer(request, got)


def serve_sends(name):
    queue, socket = sends[name], sockets[name]
    while queue:
        request, left = queue[0]
        try:
            while left:
                socket.send_multipart(left[0], zmq.NOBLOCK)
                left.popleft()
        except zmq.Again:
            return
        except zmq.ZMQError as error:
            queue.popleft()
            refuse(request, error)
            continue
        queue.popleft()
        answer(request)


def unsent(name):
    return sum(len(left) for _, left in sends[name])


def forget(name):
    socket = sockets.pop(name, None)
    if socket is not None:
        poller.unregister(socket.FD)
        receives.pop(name, None)
        sends.pop(name, None)


def checked(result, failure=-1):
    if result == failure:
        raise zmq.ZMQError(c.zmq_errno())
    return result


def monitor_versioned(socket, version):
    endpoint = f"inproc://monitor-{socket.FD}"
    everything = ctypes.c_uint64(2**64 - 1)
    c.zmq_socket_monitor_versioned.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64] + 2 * [ctypes.c_int]
    checked(c.zmq_socket_monitor_versioned(socket.underlying, endpoint.encode(), everything, version, zmq.PAIR))
    reader = context.socket(zmq.PAIR)
    reader.connect(endpoint)
    return reader


def handle_peer(request):
    """A PEER has no descriptor to wait for, and only C's functions show the number of who sent a message: this waits."""
    do, name = request["do"], request["socket"]
    if do == "peer open":
        peers[name] = context.socket(PEER)
        peers[name].setsockopt(zmq.RCVTIMEO, 5000)
        return None
    socket = peers[name]
    message = ctypes.create_string_buffer(64)
    c.zmq_msg_data.restype = ctypes.c_void_p
    c.zmq_msg_size.restype = ctypes.c_size_t
    c.zmq_connect_peer.restype = c.zmq_msg_routing_id.restype = ctypes.c_uint32
    if do == "peer bind":
        socket.bind(request["endpoint"])
        return socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
    if do == "peer connect":
        return checked(c.zmq_connect_peer(ctypes.c_void_p(socket.underlying), request["endpoint"].encode()), 0)
    if do == "peer send":
        body = base64.b64decode(request["body"])
        checked(c.zmq_msg_init_size(message, ctypes.c_size_t(len(body))))
        ctypes.memmove(c.zmq_msg_data(message), body, len(body))
        checked(c.zmq_msg_set_routing_id(message, ctypes.c_uint32(request["to"])))
        checked(c.zmq_msg_send(message, ctypes.c_void_p(socket.underlying), 0))
        return None
    if do == "peer receive":
        checked(c.zmq_msg_init(message))
        checked(c.zmq_msg_recv(message, ctypes.c_void_p(socket.underlying), 0))
        body = ctypes.string_at(c.zmq_msg_data(message), c.zmq_msg_size(message))
        return [base64.b64encode(body).decode(), c.zmq_msg_routing_id(message)]
    if do == "peer close":
        return peers.pop(name).close(0)
    raise ValueError("no such command: " + do)


def handle(request):
    do, name = request["do"], request.get("socket")
    if do.startswith("peer "):
        return answer(request, handle_peer(request))
    if do == "open":
        socket = context.socket(getattr(zmq, request["type"]))
        sockets[name] = socket
        poller.register(socket.FD, zmq.POLLIN)
        set_options(socket, request["options"])
        return answer(request)
    if do == "keypair":
        return answer(request, [key.decode() for key in zmq.curve_keypair()])
    if do == "constants":
        numbers = {key: getattr(zmq, key) for key in dir(zmq) if key.isupper()}
        return answer(request, {key: int(value) for key, value in numbers.items() if isinstance(value, int)})
    if do == "proxy":
        roles = [sockets[request[role]] for role in ("front", "back", "control")]
        for role in ("front", "back", "control"):
            forget(request[role])
        thread = threading.Thread(target=lambda: zmq.proxy_steerable(roles[0], roles[1], None, roles[2]), daemon=True)
        proxies[request["as"]] = (thread, roles)
        thread.start()
        return answer(request)
    if do == "ended":
        thread, roles = proxies.pop(request["as"])
        thread.join(5)
        if thread.is_alive():
            raise TimeoutError("the proxy runs on")
        for socket in roles:
            socket.close(0)
        return answer(request)
    socket = sockets[name]
    if do == "bind":
        socket.bind(request["endpoint"])
        answer(request, socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
    elif do == "connect":
        socket.connect(request["endpoint"])
        answer(request)
    elif do == "disconnect":
        socket.disconnect(request["endpoint"])
        answer(request)
    elif do == "set":
        set_options(socket, request["options"])
        answer(request)
    elif do == "subscribe":
        socket.setsockopt(zmq.SUBSCRIBE, base64.b64decode(request["topic"]))
        answer(request)
    elif do == "unsubscribe":
        socket.setsockopt(zmq.UNSUBSCRIBE, base64.b64decode(request["topic"]))
        answer(request)
    elif do == "monitor":
        version = request["version"]
        sockets[request["as"]] = monitor = (
            socket.get_monitor_socket() if version == 1 else monitor_versioned(socket, version)
        )
        poller.register(monitor.FD, zmq.POLLIN)
        answer(request)
    elif do == "unmonitor":
        socket.disable_monitor()
        answer(request)
    elif do == "send":
        messages = [[base64.b64decode(part) for part in parts] for parts in request["messages"]]
        sends[name].append((request, collections.deque(messages)))
    elif do == "flood":
        body = b"x" * request["size"]
        messages = [[b"%d" % i, body] for i in range(request["count"])]
        sends[name].append((request, collections.deque(messages)))
    elif do == "unsent":
        answer(request, unsent(name))
    elif do == "receive":
        receives[name].append((request, []))
    elif do == "close":
        # Its last event is sent from inside, and blocks when the monitor's other end has gone.
        monitor = sockets.get(name + " monitor")
        if monitor is not None:
            forget(name + " monitor")
            socket.disable_monitor()
            monitor.close(0)
        forget(name)
        socket.close(request["linger"])
        answer(request)
    else:
        raise ValueError("no such command: " + do)


def left_to_do(name):
    return unsent(name), [len(got) for _, got in receives[name]]


def progress():
    """libzmq works on a socket's pipes only when its user calls: ask every socket, whether or not somebody waits.

    Each call may take in what the socket's descriptor has signalled, so look once more before trusting that signal.
    Answers whether that cannot be done: a publisher that may not drop always says that it can send.
    """
    is_stuck = False
    for name, socket in list(sockets.items()):
        while True:
            events = socket.getsockopt(zmq.EVENTS)
            if not (sends[name] and events & zmq.POLLOUT or receives[name] and events & zmq.POLLIN):
                break
            before = left_to_do(name)
            serve_sends(name)
            serve_receives(name)
            if left_to_do(name) == before:
                is_stuck = True
                break
    return is_stuck


answer({"id": 0}, zmq.zmq_version())
unread = b""
while True:
    is_stuck = progress()
    sys.stdout.flush()
    if any(fd == 0 for fd, _ in poller.poll(10 if is_stuck else None)):
        chunk = os.read(0, 1 << 20)
        if not chunk:
            os._exit(0)
        lines = (unread + chunk).split(b"\n") if b"\n" in chunk else [unread + chunk]
        unread = lines.pop()
        for line in lines:
            request = json.loads(line)
            try:
                handle(request)
            except Exception as error:
                refuse(request, error)
