"""What watches the stack: the metrics reader, PodMonitorings, dashboard and alerts."""
