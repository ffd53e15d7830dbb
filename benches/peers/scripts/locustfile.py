"""One request again and again; with PEERS_BODY it is posted."""

import os

import gevent
from locust import FastHttpUser, HttpUser, task

BODY = open(os.environ["PEERS_BODY"], "rb").read() if "PEERS_BODY" in os.environ else None
JSON = {"Content-Type": "application/json"}


def visit(user):
    if BODY:
        user.client.post("/items", data=BODY, headers=JSON)
    else:
        user.client.get("/items/7")


class Fast(FastHttpUser):
    @task
    def visit(self):
        visit(self)


class Plain(HttpUser):
    @task
    def visit(self):
        visit(self)


class Idle(FastHttpUser):
    """One request, and then an open connection on which nothing happens."""

    @task
    def stay(self):
        visit(self)
        gevent.sleep(3600)
