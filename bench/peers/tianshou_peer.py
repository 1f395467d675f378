"""Tianshou's TRPO: its own update on a prepared batch, its own product, its own critic step."""

import time

import numpy as np
import tianshou
import torch
from gymnasium import spaces
from tianshou.algorithm import TRPO
from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch
from tianshou.utils.net.common import Net
from tianshou.utils.net.continuous import ContinuousActorProbabilistic, ContinuousCritic
from tianshou.utils.net.discrete import DiscreteActor, dist_fn_categorical_from_logits
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F

from workload import initialize, require_product

NAME = "Tianshou"
# the step length takes a product of its own
PRODUCTS_BESIDE_ITERATIONS = 1


def versions():
    return {"tianshou": tianshou.__version__, "numpy": np.__version__}


class CountingTrpo(TRPO):
    """TRPO whose conjugate gradient runs `iterations` iterations whatever the residual, and which counts."""

    iterations = 10
    products = 0

    def _conjugate_gradients(self, gradient, flat_kl_grad, nsteps=10, residual_tol=0.0):
        return super()._conjugate_gradients(gradient, flat_kl_grad, self.iterations, residual_tol=0.0)

    def _MVP(self, v, flat_kl_grad):
        self.products += 1
        return super()._MVP(v, flat_kl_grad)


class Problem:
    def __init__(self, workload, settings):
        self.workload = workload
        self.settings = settings
        policy = self.create_policy()
        critic = ContinuousCritic(preprocess_net=self.create_body())
        initialize([layer for layer in critic.modules() if isinstance(layer, torch.nn.Linear)], 1.0)
        self.algorithm = CountingTrpo(
            policy=policy,
            critic=critic,
            optim=AdamOptimizerFactory(lr=settings["valueLearningRate"]),
            max_kl=settings["maxKl"],
            backtrack_coeff=settings["backtrackFactor"],
            max_backtracks=settings["lineSearchTrials"],
            optim_critic_iters=1,
        )
        self.algorithm._damping = settings["damping"]
        self.draw_batch()
        self.initial_state = {
            name: tensor.clone() for name, tensor in self.algorithm.state_dict().items() if torch.is_tensor(tensor)
        }
        self.critic_started = None
        critic.register_forward_pre_hook(self.note_critic)
        self.trials = 0
        policy.register_forward_pre_hook(self.note_policy)

    def create_body(self):
        return Net(
            state_shape=self.workload.observation_size,
            hidden_sizes=self.workload.hidden_sizes,
            activation=torch.nn.Tanh,
        )

    def create_policy(self):
        workload = self.workload
        observation_space = spaces.Box(-np.inf, np.inf, (workload.observation_size,), np.float32)
        if workload.action_kind == "categorical":
            actor = DiscreteActor(
                preprocess_net=self.create_body(), action_shape=workload.action_size, softmax_output=False
            )
            distribution = dist_fn_categorical_from_logits
            action_space = spaces.Discrete(workload.action_size)
        else:
            actor = ContinuousActorProbabilistic(
                preprocess_net=self.create_body(), action_shape=workload.action_size, unbounded=True
            )
            torch.nn.init.constant_(actor.sigma_param, self.settings["logStd"])
            distribution = gaussian
            action_space = spaces.Box(-1.0, 1.0, (workload.action_size,), np.float32)
        layers = [layer for layer in actor.modules() if isinstance(layer, torch.nn.Linear)]
        initialize(layers, self.settings["policyOutputGain"])
        return ProbabilisticActorPolicy(
            actor=actor,
            dist_fn=distribution,
            action_space=action_space,
            observation_space=observation_space,
            action_scaling=False,
            action_bound_method=None,
        )

    def draw_batch(self):
        observations = self.workload.draw_observations()
        with torch.no_grad():
            distribution = self.algorithm.policy(Batch(obs=observations, info=Batch())).dist
            actions = distribution.sample()
            log_probabilities = distribution.log_prob(actions)
        advantages, returns = self.workload.draw_targets(observations, actions)
        # as _preprocess_batch leaves it: observations in numpy, the rest in torch
        self.batch = Batch(
            obs=observations.numpy(),
            act=actions,
            adv=advantages,
            returns=returns,
            logp_old=log_probabilities,
            info=Batch(),
        )

    def note_critic(self, *_):
        if self.critic_started is None:
            self.critic_started = time.perf_counter()

    def note_policy(self, *_):
        self.trials += 1

    def restart(self, cg_iterations=1):
        """Back to the first parameters and a new optimizer; not timed."""
        algorithm = self.algorithm
        with torch.no_grad():
            for name, tensor in algorithm.state_dict().items():
                if torch.is_tensor(tensor):
                    tensor.copy_(self.initial_state[name])
        algorithm.optim._optim.state.clear()
        algorithm.iterations = cg_iterations
        algorithm.products = 0
        self.trials = 0
        self.critic_started = None

    def update(self, cg_iterations):
        """_update_with_batch up to the critic: gradients, conjugate gradient, line search."""
        self.restart(cg_iterations)
        started = time.perf_counter()
        statistics = self.algorithm._update_with_batch(self.batch, batch_size=None, repeat=1)
        if not statistics.step_size.mean > 0:
            raise ValueError(f"{self.workload.name}: Tianshou's line search failed")
        # two calls of the policy are those before any step
        return {
            "ms": 1000 * (self.critic_started - started),
            "products": self.algorithm.products,
            "trials": self.trials - 2,
        }

    def fit_value(self):
        """The critic's lines of _update_with_batch, over minibatches from its own Batch.split."""
        self.restart()
        algorithm = self.algorithm
        started = time.perf_counter()
        for _ in range(self.settings["valueEpochs"]):
            for minibatch in self.batch.split(self.settings["valueMinibatch"], merge_last=True):
                value = algorithm.critic(minibatch.obs).flatten()
                loss = F.mse_loss(minibatch.returns, value)
                algorithm.optim.step(loss)
        ms = 1000 * (time.perf_counter() - started)
        if not torch.isfinite(loss):
            raise ValueError(f"{self.workload.name}: Tianshou's value loss is not finite")
        return {"ms": ms}

    def fisher(self):
        """One product on the graph that _update_with_batch builds; several times, for it is built anew each time."""
        self.restart()
        algorithm, actor = self.algorithm, self.algorithm.policy.actor
        distribution = algorithm.policy(self.batch).dist
        with torch.no_grad():
            old_distribution = algorithm.policy(self.batch).dist
        kl = kl_divergence(old_distribution, distribution).mean()
        kl_gradient = algorithm._get_flat_grad(kl, actor, create_graph=True)
        vector = torch.randn(kl_gradient.shape)
        repetitions = max(1, 20_000 // self.workload.rows)
        started = time.perf_counter()
        for _ in range(repetitions):
            product = algorithm._MVP(vector, kl_gradient)
        ms = 1000 * (time.perf_counter() - started) / repetitions
        require_product(self.workload, product)
        return {"ms": ms, "products": 1}


def gaussian(mean_and_deviation):
    mean, deviation = mean_and_deviation
    return Independent(Normal(mean, deviation), 1)


def case_runners(workload, settings):
    problem = Problem(workload, settings)
    iterations = settings["cgIterations"]
    return {
        "fisher": problem.fisher,
        "update": lambda: problem.update(iterations),
        "updateSameProducts": lambda: problem.update(iterations - PRODUCTS_BESIDE_ITERATIONS),
        "valueFit": problem.fit_value,
    }
