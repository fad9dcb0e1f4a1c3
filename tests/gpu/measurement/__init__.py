"""A rendered model server on a real GPU: how it is started, asked, loaded and stopped.

Only the standard library and PyYAML are imported, so that it also runs beside vLLM, where neither
Pulumi nor this program's other requirements are installed. All traffic stays on 127.0.0.1.
"""
