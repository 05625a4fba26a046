"""libzmq's side of libzmq.mjs: what the first argument names, at the endpoints that follow."""

import sys
import zmq

context = zmq.Context()
how, *args = sys.argv[1:]


def socket(kind):
    made = context.socket(kind)
    made.rcvtimeo = 8000
    made.linger = 8000
    return made


def ask(asked, news):
    request, subscriber = socket(zmq.REQ), socket(zmq.SUB)
    request.connect(asked)
    request.send_multipart([b"hello", b"from python"])
    answer = request.recv_string()
    subscriber.subscribe("news")
    subscriber.connect(news)
    print(answer + ", " + b" ".join(subscriber.recv_multipart()).decode())


def answer(asked, news):
    reply, publisher = socket(zmq.REP), socket(zmq.XPUB)
    reply.bind(asked)
    publisher.bind(news)
    reply.send_multipart([part.upper() for part in reply.recv_multipart()])
    assert publisher.recv() == b"\x01news"
    publisher.send_multipart([b"other", b"this is not for you"])
    publisher.send_multipart([b"news", b"all is well"])
    print("answered")


def curve(asked, server, public, secret):
    request = socket(zmq.REQ)
    request.curve_serverkey = server.encode()
    request.curve_publickey = public.encode()
    request.curve_secretkey = secret.encode()
    request.connect(asked)
    request.send(b"sealed")
    print(request.recv_string())


{"ask": ask, "answer": answer, "curve": curve}[how](*args)
context.destroy()
