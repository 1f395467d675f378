"""
Records what PyTorch makes of small policies with convolutions, in float64: pip install torch==2.13.0 numpy, then
python test/recordings/torch/make.py. test/recordings/torch/convolutions.json has for each case its network and batch, log-probabilities,
the gradient of mean(ratio advantage) and a Fisher-vector product (by differentiating KL twice), in the order of wasm-trpo: of each layer
weights [kernel, kernel, channels, filters] or [in, out], then biases, at the end log standard deviations.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

CASES = [
    # image, convolutions (filters, kernel, stride, padding), hidden sizes, rows, actions, activation
    ((6, 5, 4), [(8, 3, 1, "valid")], [7], 5, "categorical", "tanh"),
    ((7, 6, 3), [(8, 2, 2, "valid")], [5], 4, "gaussian", "relu"),
    ((5, 9, 1), [(8, 3, 2, "valid")], [], 3, "categorical", "silu"),
    ((9, 8, 2), [(8, 4, 3, "valid")], [6], 4, "categorical", "tanh"),
    ((7, 5, 3), [(8, 4, 2, "same")], [4], 5, "gaussian", "tanh"),
    ((3, 4, 2), [(8, 5, 1, "same")], [4], 3, "categorical", "silu"),
    ((8, 7, 3), [(8, 3, 1, "valid"), (8, 3, 2, "same")], [5], 3, "categorical", "tanh"),
]
ACTIONS = 3


def numbers(count, scale, seed):
    """float32 numbers from -scale to scale that the test makes too."""
    index = np.arange(count, dtype=np.int64) + 101 * seed
    return torch.from_numpy((scale * (2 * ((index * 7919) % 2003) / 2003 - 1)).astype(np.float32).astype(np.float64))


def padded(x, kernel, stride):
    """As much as makes ceil(size / stride) positions, the odd pixel at the end."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return functional.pad(x, pads)


def recorded(image, convolutions, hidden_sizes, rows, kind, activation):
    height, width, channels = image
    activate = {"tanh": torch.tanh, "relu": torch.relu, "silu": functional.silu}[activation]

    def outputs(theta, observations):
        x = observations.reshape(rows, height, width, channels).permute(0, 3, 1, 2)
        start = 0

        def take(*shape):
            nonlocal start
            count = math.prod(shape)
            start += count
            return theta[start - count : start].reshape(shape)

        for filters, kernel, stride, padding in convolutions:
            weight = take(kernel, kernel, x.shape[1], filters).permute(3, 2, 0, 1)
            x = activate(functional.conv2d(padded(x, kernel, stride) if padding == "same" else x, weight, take(filters), stride))
        x = x.permute(0, 2, 3, 1).reshape(rows, -1)
        for number, size in enumerate([*hidden_sizes, ACTIONS]):
            x = x @ take(x.shape[1], size) + take(size)
            if number < len(hidden_sizes):
                x = activate(x)
        return x, theta[start:], start

    observations = numbers(rows * height * width * channels, 1.0, 1)
    _, _, count = outputs(torch.zeros(100_000, dtype=torch.float64), observations)
    count += ACTIONS if kind == "gaussian" else 0
    theta = numbers(count, 0.4, 2).requires_grad_()
    vector = numbers(count, 1.0, 3)
    advantages = numbers(rows, 1.0, 4)
    actions = torch.arange(rows) % ACTIONS if kind == "categorical" else numbers(rows * ACTIONS, 1.0, 5).reshape(rows, ACTIONS)

    def distribution(parameters):
        inputs, log_std, _ = outputs(parameters, observations)
        if kind == "categorical":
            return torch.distributions.Categorical(logits=inputs)
        return torch.distributions.Independent(torch.distributions.Normal(inputs, log_std.exp()), 1)

    new, old = distribution(theta), distribution(theta.detach())
    log_probabilities = new.log_prob(actions)
    surrogate = ((log_probabilities - log_probabilities.detach()).exp() * advantages).mean()
    (gradient,) = torch.autograd.grad(surrogate, theta, retain_graph=True)
    kl = torch.distributions.kl_divergence(old, new).mean()
    (kl_gradient,) = torch.autograd.grad(kl, theta, create_graph=True)
    (product,) = torch.autograd.grad(kl_gradient @ vector, theta)

    def rounded(values):
        return [float(f"{value:.10g}") for value in values.tolist()]

    return {
        "image": image,
        "network": ",".join(f"{f}x{k}{f'/{s}' if s > 1 else ''}{'same' if p == 'same' else ''}" for f, k, s, p in convolutions),
        "hiddenSizes": hidden_sizes,
        "rows": rows,
        "kind": kind,
        "activation": activation,
        "logProbabilities": rounded(log_probabilities.detach()),
        "gradient": rounded(gradient),
        "product": rounded(product),
    }


content = {"torch": torch.__version__, "actions": ACTIONS, "cases": [recorded(*case) for case in CASES]}
Path(__file__).with_name("convolutions.json").write_text(json.dumps(content) + "\n")
