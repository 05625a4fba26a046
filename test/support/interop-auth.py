"""pyzmq's zmq.auth from the command line: `create DIR NAME`, `load FILE`, `folder DIR`, `serve DIR SECRET [DOMAIN]`
and `ask ENDPOINT SECRET PUBLIC`.

`serve` prints its endpoint and answers each request with the User-Id of its sender until stdin ends; DIR holds the
public certificates of those who may ask. Ends by itself after half a minute.
"""
import json
import signal
import sys
import threading

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

signal.alarm(30)
do, *arguments = sys.argv[1:]
context = zmq.Context()
context.linger = 0


def curve(socket, secret_file):
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(secret_file)


if do == "create":
    print(json.dumps(zmq.auth.create_certificates(arguments[0], arguments[1], metadata={"name": "pyzmq's own"})))
elif do == "load":
    print(json.dumps([key and key.decode() for key in zmq.auth.load_certificate(arguments[0])]))
elif do == "folder":
    print(json.dumps(sorted(key.decode() for key in zmq.auth.load_certificates(arguments[0]))))
elif do == "serve":
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    domain = arguments[2] if len(arguments) > 2 else "*"
    authenticator.configure_curve(domain=domain, location=arguments[0])
    server = context.socket(zmq.REP)
    curve(server, arguments[1])
    server.curve_server = True
    port = server.bind_to_random_port("tcp://127.0.0.1")
    print(json.dumps("tcp://127.0.0.1:%d" % port), flush=True)

    def stop():
        sys.stdin.read()
        authenticator.stop()
        import os

        os._exit(0)

    threading.Thread(target=stop, daemon=True).start()
    while True:
        request = server.recv(copy=False)
        server.send_string(request.get("User-Id"))
elif do == "ask":
    client = context.socket(zmq.REQ)
    curve(client, arguments[1])
    client.curve_serverkey, _ = zmq.auth.load_certificate(arguments[2])
    client.rcvtimeo = 5000
    client.connect(arguments[0])
    monitor = client.get_monitor_socket()
    client.send(b"who am I?")
    poller = zmq.Poller()
    poller.register(client, zmq.POLLIN)
    poller.register(monitor, zmq.POLLIN)
    answer = None
    while answer is None:
        ready = dict(poller.poll(5000))
        if client in ready:
            answer = client.recv_string()
        elif monitor in ready:
            event = int.from_bytes(monitor.recv_multipart()[0][:2], "little")
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                answer = "refused"
        else:
            answer = "nothing"
    print(json.dumps(answer))
    client.disable_monitor()
    client.close(0)
else:
    raise SystemExit("no such command: " + do)
