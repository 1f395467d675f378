"""
Updates of convolutional policies in PyTorch, float32, for bench/speed/pixelsBesideTorch.ts: JSON lines on standard input and output.
The network is torch.nn.functional's; products are made in both ways that PyTorch has, in both layouts, and the fastest of the four is
timed.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

# rows on which ways and layouts are tried
TRIED_ROWS = 256


class Problem:
    def __init__(self, task):
        folder = Path(task["folder"])
        rows = task["rows"]
        height, width, channels = task["shape"]

        def read(name, dtype):
            return torch.from_numpy(np.fromfile(folder / name, dtype).copy())

        self.layers = task["layers"]
        self.damping = task["damping"]
        self.iterations = task["iterations"]
        self.evaluations = task["evaluations"]
        self.folder = folder
        images = read("observations", np.uint8).reshape(rows, height, width, channels).permute(0, 3, 1, 2)
        self.images = {
            "contiguous": images.contiguous().float().div_(255),
            "channels last": images.float().div_(255).contiguous(memory_format=torch.channels_last),
        }
        self.actions = read("actions", np.int32).long()
        self.advantages = read("advantages", np.float32)
        self.vector = read("vector", np.float32)
        self.theta = read("theta", np.float32).requires_grad_()
        self.layout, self.product = "contiguous", self.product_by_double_backward
        self.rows = min(rows, TRIED_ROWS)
        times = {}
        for layout in self.images:
            for way in (self.product_by_double_backward, self.product_by_tangents):
                self.layout, self.product = layout, way
                self.update()
                times[layout, way] = min(self.update() for _ in range(2))
        self.layout, self.product = min(times, key=times.get)
        self.rows = rows

    @property
    def way(self):
        name = "double backward" if self.product == self.product_by_double_backward else "forward mode, then backward"
        return f"{name}, {self.layout}"

    def logits(self, theta):
        """ours: weights [kernel, kernel, channels, filters] and [in, out], biases; maps are flattened with channels last."""
        x = self.images[self.layout][: self.rows]
        start = 0

        def take(*shape):
            nonlocal start
            count = int(np.prod(shape))
            start += count
            return theta[start - count : start].view(shape)

        for number, layer in enumerate(self.layers):
            if layer["kind"] == "conv2d":
                kernel, channels, filters = layer["kernelSize"], x.shape[1], layer["filters"]
                weight = take(kernel, kernel, channels, filters).permute(3, 2, 0, 1)
                if self.layout == "contiguous":
                    weight = weight.contiguous()
                x = functional.conv2d(x, weight, take(filters), layer["stride"])
            else:
                if x.dim() == 4:
                    x = x.permute(0, 2, 3, 1).flatten(1)
                weight = take(x.shape[1], layer["units"])
                x = torch.addmm(take(layer["units"]), x, weight)
            if number < len(self.layers) - 1:
                x = x.tanh()
        return torch.log_softmax(x, 1)

    def surrogate(self, logits):
        chosen = logits.gather(1, self.actions[: self.rows, None])[:, 0]
        return ((chosen - chosen.detach()).exp() * self.advantages[: self.rows]).mean()

    def gradient(self):
        return torch.autograd.grad(self.surrogate(self.logits(self.theta)), self.theta)[0]

    def product_by_double_backward(self):
        """What SB3-contrib and Tianshou do: the gradient of (gradient of KL) . v."""
        logits = self.logits(self.theta)
        old = logits.detach()
        kl = (old.exp() * (old - logits)).sum(1).mean()
        (kl_gradient,) = torch.autograd.grad(kl, self.theta, create_graph=True)

        def product(vector):
            return torch.autograd.grad(kl_gradient, self.theta, vector, retain_graph=True)[0] + self.damping * vector

        return product

    def product_by_tangents(self):
        """J^T M J v: a pass in forward mode, and one backwards."""
        theta = self.theta.detach()
        logits, pull = torch.func.vjp(self.logits, theta)
        weights = logits.exp() / self.rows

        def product(vector):
            _, tangent = torch.func.jvp(self.logits, (theta,), (vector,))
            return pull(weights * tangent)[0] + self.damping * vector

        return product

    def update(self):
        """Seconds of gradient, conjugate gradient and evaluations."""
        started = time.perf_counter()
        gradient = self.gradient()
        product = self.product()
        x = torch.zeros_like(gradient)
        residual = gradient.clone()
        direction = residual.clone()
        squared = torch.dot(residual, residual)
        for _ in range(self.iterations):
            along = product(direction)
            step = squared / torch.dot(direction, along)
            x = x + step * direction
            residual = residual - step * along
            previous, squared = squared, torch.dot(residual, residual)
            direction = residual + squared / previous * direction
        with torch.no_grad():
            for _ in range(self.evaluations):
                self.surrogate(self.logits(self.theta))
        return time.perf_counter() - started

    def results(self):
        """Files with what the program compares: gradient, and a damped product."""
        self.gradient().numpy().tofile(self.folder / "torchGradient")
        self.product()(self.vector).numpy().tofile(self.folder / "torchProduct")


torch.set_num_threads(1)
problem = None
for line in sys.stdin:
    task = json.loads(line)
    try:
        if task["task"] == "prepare":
            problem = Problem(task)
            problem.results()
            answer = {"version": torch.__version__, "way": problem.way}
        else:
            answer = {"seconds": problem.update()}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
