"""A service with every field that is compared, as Compose declares it and as Docker has it."""

from __future__ import annotations

from typing import Any

from awks import SECRET

Parts = dict[str, Any]
ANONYMOUS = "a" * 64

# As Compose 2.26 and 2.40 print it: a $ is doubled, and only there.
SERVICE: Parts = {
    "cap_add": ["NET_ADMIN"],
    "command": ["sh", "-c", 'exec cache-server --password "$$PASSWORD" <&>'],
    "container_name": "shop-front",
    "cpus": 0.5,
    "devices": [{"source": "/dev/null", "target": "/dev/x", "permissions": "rwm"}],
    "dns": ["1.1.1.1"],
    "entrypoint": None,
    "environment": {"EMPTY": "", "LINES": "two\nlines", "NONE": None, "PASSWORD": f"{SECRET}$$q"},
    "extra_hosts": ["one=10.0.0.1", "host=host-gateway", "six=::1"],
    "group_add": ["1000"],
    "healthcheck": {
        "test": ["CMD-SHELL", "cache-cli ping"],
        "interval": "1m30s",
        "timeout": "3s",
        "retries": 3,
    },
    "hostname": "front",
    "image": "example/cache:1",
    "init": True,
    "labels": {"a.b": "x$$y", "n": "3"},
    "logging": {"driver": "json-file", "options": {"max-size": "10m"}},
    "mem_limit": "8589934592",
    "networks": {"back": None},
    "ports": [
        {"mode": "ingress", "target": 6379, "published": "6379", "protocol": "tcp"},
        {"mode": "ingress", "host_ip": "127.0.0.1", "target": 53, "protocol": "udp"},
    ],
    "restart": "on-failure:3",
    "read_only": True,
    "secrets": [{"source": "acl", "target": "/run/secrets/acl"}, {"source": "ambient"}],
    "configs": [{"source": "limits"}],
    "security_opt": ["no-new-privileges:true"],
    "shm_size": "134217728",
    "stop_grace_period": "1m30s",
    "stop_signal": "SIGINT",
    "sysctls": {"net.core.somaxconn": "1024"},
    "tmpfs": ["/scratch:size=1m", "/run"],
    "ulimits": {"nofile": {"soft": 10, "hard": 20}, "nproc": 5},
    "user": "999:999",
    "volumes": [
        {"type": "volume", "source": "data", "target": "/data", "volume": {}},
        {"type": "bind", "source": "/srv/shop/x", "target": "/y/", "read_only": True, "bind": {}},
        {"type": "volume", "target": "/anonymous", "volume": {}},
        {"type": "tmpfs", "target": "/t"},
    ],
    "working_dir": "/srv/",
}
PROJECT: Parts = {
    "name": "shop",
    "services": {"web": {"image": "example/web:1"}, "cache": SERVICE},
    "networks": {"back": {"name": "shop_back", "ipam": {}}},
    "volumes": {"data": {"name": "shop_data"}},
    "secrets": {"acl": {"name": "shop_acl", "file": "/k/acl"}, "ambient": {"environment": "X"}},
    "configs": {"limits": {"name": "shop_limits", "file": "/k/limits"}},
}
IMAGE_CONFIG: Parts = {
    "Cmd": ["cache-server"],
    "Entrypoint": ["docker-entrypoint.sh"],
    "Env": ["PATH=/bin", "EMPTY=no", "VERSION=1"],
    "Healthcheck": {"StartPeriod": 5000000000, "Retries": 9},
    "Labels": {"maintainer": "them"},
    "User": "root",
    "Volumes": {"/image": {}},
    "WorkingDir": "/data",
}
CONFIG: Parts = {
    "Cmd": ["sh", "-c", 'exec cache-server --password "$PASSWORD" <&>'],
    "Domainname": "",
    "Entrypoint": ["docker-entrypoint.sh"],
    "Env": [
        f"PASSWORD={SECRET}$q",
        "LINES=two\nlines",
        "EMPTY=",
        "PATH=/bin",
        "VERSION=1",
        "http_proxy=x",
    ],
    "Healthcheck": {
        "Test": ["CMD-SHELL", "cache-cli ping"],
        "Interval": 90000000000,
        "Timeout": 3000000000,
        "StartPeriod": 5000000000,
        "Retries": 3,
    },
    "Hostname": "front",
    "Image": "example/cache:1",
    "Labels": {
        "a.b": "x$y",
        "n": "3",
        "maintainer": "them",
        "com.docker.compose.service": "cache",
        "desktop.docker.io/x": "y",
    },
    "OpenStdin": False,
    "StopSignal": "SIGINT",
    "StopTimeout": 90,
    "Tty": False,
    "User": "999:999",
    "WorkingDir": "/srv",
}
HOST_CONFIG: Parts = {
    "CapAdd": ["CAP_NET_ADMIN"],
    "CapDrop": None,
    "Devices": [
        {"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}
    ],
    "Dns": ["1.1.1.1"],
    "DnsOptions": [],
    "DnsSearch": [],
    "ExtraHosts": ["one:10.0.0.1", "host:host-gateway", "six:::1"],
    "GroupAdd": ["1000"],
    "Init": True,
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
    "Memory": 8589934592,
    "NanoCpus": 500000000,
    "NetworkMode": "shop_back",
    "PortBindings": {
        "6379/tcp": [{"HostIp": "", "HostPort": "6379"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "0"}],
    },
    "Privileged": False,
    "ReadonlyRootfs": True,
    "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
    "Runtime": "runc",
    "SecurityOpt": ["no-new-privileges=true", "label=disable"],
    "ShmSize": 134217728,
    "Sysctls": {"net.core.somaxconn": "1024"},
    "Tmpfs": {"/scratch": "size=1m", "/run": ""},
    "Ulimits": [
        {"Name": "nofile", "Hard": 20, "Soft": 10},
        {"Name": "nproc", "Hard": 5, "Soft": 5},
        {"Name": "core", "Hard": 0, "Soft": 0},
    ],
}


def mount(kind: str, source: str, target: str, writes: bool = False) -> Parts:
    """As ``docker inspect`` shows it."""
    name = {"Name": source} if kind == "volume" else {}
    return {"Type": kind, "Source": source, "Destination": target, "RW": writes, **name}


MOUNTS: list[Parts] = [
    mount("volume", "shop_data", "/data", True),
    mount("bind", "/srv/shop/x", "/y"),
    mount("volume", ANONYMOUS, "/anonymous", True),
    mount("tmpfs", "", "/t", True),
    mount("bind", "/k/acl", "/run/secrets/acl"),
    mount("bind", "/k/limits", "/limits"),
    mount("volume", "b" * 64, "/image", True),
]
CONTAINER: Parts = {
    "Name": "/shop-front",
    "Config": CONFIG,
    "HostConfig": HOST_CONFIG,
    "Mounts": MOUNTS,
}
