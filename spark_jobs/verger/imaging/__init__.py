"""One photograph: from the bytes of a file to pixels, from pixels to descriptors.

Compute: OpenCV and Pillow. May use `config` and `kernels`.
"""
