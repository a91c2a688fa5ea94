"""A network of our own that has nothing but a loopback: whatever a client tries, it reaches the gateway only."""

import ctypes
import fcntl
import os
import socket
import struct

# <linux/sched.h>, <linux/sockios.h> and <linux/if.h>.
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def enter():
    """Leaves the machine's network for good: this thread, and all threads and processes that it starts."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if user == 0 else CLONE_NEWNET | CLONE_NEWUSER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        fault = os.strerror(ctypes.get_errno())
        raise SystemExit(f"tests/clients: this system gives no network of our own ({fault}); nothing was run")
    if flags & CLONE_NEWUSER:
        for name, line in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
