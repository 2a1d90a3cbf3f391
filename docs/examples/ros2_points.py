"""A ROS 2 node that publishes the visible points of a live stream as a PointCloud2: x and y in pixels, z 0, id, score.

    python3 ros2_points.py     and then     cotrail track camera:0 --grid 5 --emit udp:127.0.0.1:9000
"""
import json, socket

import rclpy
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2, PointField
from sensor_msgs_py.point_cloud2 import create_cloud
from std_msgs.msg import Header

FLOATS = ["x", "y", "z", "score"]
FIELDS = [PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, name in enumerate(FLOATS)]
FIELDS.append(PointField(name="id", offset=16, datatype=PointField.UINT32, count=1))


class Points(Node):
    def __init__(self):
        super().__init__("cotrail_points")
        self.publisher = self.create_publisher(PointCloud2, "cotrail/points", 10)
        self.reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.reader.bind(("127.0.0.1", 9000))
        self.reader.setblocking(False)
        self.create_timer(0.005, self.publish_newest)

    def publish_newest(self):
        try:
            while True:  # all that came since the last time
                self.publish(json.loads(self.reader.recv(65536)))
        except BlockingIOError:
            pass

    def publish(self, line):
        seconds, part = divmod(line["unix_secs"], 1)
        header = Header(frame_id="camera")
        header.stamp.sec, header.stamp.nanosec = int(seconds), int(1e9 * part)
        seen = [point for point in line["points"] if point["visible"]]
        rows = [(p["x"], p["y"], 0.0, p["visibility"] * p["confidence"], p["id"]) for p in seen]
        self.publisher.publish(create_cloud(header, FIELDS, rows))


rclpy.init()
rclpy.spin(Points())
