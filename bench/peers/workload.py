"""A policy update of a certain size, and random data of the distribution that bench/speed/problem.ts draws from."""

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Workload:
    name: str
    observation_size: int
    hidden_sizes: tuple
    rows: int
    action_kind: str  # "categorical" or "gaussian"
    action_size: int  # choices of a categorical, numbers of a Gaussian

    @staticmethod
    def from_json(description):
        return Workload(
            name=description["name"],
            observation_size=description["observationSize"],
            hidden_sizes=tuple(description["hiddenSizes"]),
            rows=description["rows"],
            action_kind=description["action"]["kind"],
            action_size=description["action"]["size"],
        )

    def draw_observations(self):
        return torch.randn(self.rows, self.observation_size)

    def draw_targets(self, observations, actions):
        """Advantages and returns that policy and value function can both learn something of."""
        first = observations[:, 0]
        noise = torch.rand(2, self.rows) * 2 - 1
        advantages = first * actions.reshape(self.rows, -1)[:, 0].float() + noise[0]
        returns = torch.sin(first) + observations[:, 1] + noise[1]
        return advantages, returns

    def parameter_count(self):
        """Of the policy; a Gaussian's log standard deviations are parameters too."""
        sizes = [self.observation_size, *self.hidden_sizes, self.action_size]
        weights = sum(inputs * outputs + outputs for inputs, outputs in zip(sizes, sizes[1:]))
        return weights + (self.action_size if self.action_kind == "gaussian" else 0)


def initialize(linear_layers, output_gain):
    """Orthogonal weights with gain sqrt 2 in hidden layers and output_gain in the last; biases 0."""
    for layer in linear_layers:
        last = layer is linear_layers[-1]
        torch.nn.init.orthogonal_(layer.weight, output_gain if last else math.sqrt(2))
        torch.nn.init.zeros_(layer.bias)


def require_product(workload, product):
    if product.shape != (workload.parameter_count(),):
        raise ValueError(f"{workload.name}: product of shape {tuple(product.shape)}, expected {workload.parameter_count()}")
    if not torch.isfinite(product).all():
        raise ValueError(f"{workload.name}: the Fisher-vector product is not finite")
