"""Prints the points of a live stream: frame, point, x, y, and 1 where it can be seen.

    python3 live_reader.py udp 9000     and then     cotrail track camera:0 --grid 5 --emit udp:127.0.0.1:9000
    python3 live_reader.py tcp 9000     and then     cotrail track camera:0 --grid 5 --emit tcp:127.0.0.1:9000
"""
import json, socket, sys


def udp_lines(port):
    reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    reader.bind(("127.0.0.1", port))
    while True:
        yield reader.recv(65536)


def tcp_lines(port):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:  # Cotrail connects, and connects again after a break
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                yield from lines


read = {"udp": udp_lines, "tcp": tcp_lines}[sys.argv[1]]
for text in read(int(sys.argv[2])):
    line = json.loads(text)
    for point in line["points"]:
        print(line["frame"], point["id"], point["x"], point["y"], int(point["visible"]), flush=True)
