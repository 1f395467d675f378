"""A TRPO update written by hand in PyTorch, float32, without autograd: Gauss-Newton products J^T M J v out of explicit
matrix products into buffers that are allocated once."""

import time

import torch

from workload import initialize, require_product

NAME = "PyTorch by hand"


def versions():
    return {}


class Problem:
    def __init__(self, workload, settings):
        self.workload = workload
        self.settings = settings
        self.gaussian = workload.action_kind == "gaussian"
        rows = workload.rows
        sizes = [workload.observation_size, *workload.hidden_sizes, workload.action_size]
        self.shapes = list(zip(sizes, sizes[1:]))
        self.theta = torch.empty(workload.parameter_count())
        self.weights = self.views(self.theta)
        self.draw_parameters()

        # hidden activations h_0 = observations, h_1, ..., and the slopes 1 - h^2 of the later ones
        self.hidden = [workload.draw_observations(), *(torch.empty(rows, size) for size in workload.hidden_sizes)]
        self.slopes = [None, *(torch.empty(rows, size) for size in workload.hidden_sizes)]
        # trial steps of the line search and products do not overlap: one set of buffers for both
        self.work = [torch.empty(rows, size) for size in sizes]
        self.back = [torch.empty(rows, size) for size in sizes]
        self.outputs = torch.empty(rows, workload.action_size)
        self.weighted = torch.empty(rows, workload.action_size)
        self.ones = torch.ones(rows)
        self.product = torch.empty_like(self.theta)
        self.product_views = self.views(self.product)
        self.gradient = torch.empty_like(self.theta)
        self.candidate = torch.empty_like(self.theta)

        self.forward(self.weights, self.hidden, self.outputs)
        distribution = self.distribution(self.outputs, self.weights)
        self.actions = distribution.sample()
        self.old_log_probabilities = self.log_probabilities(self.outputs, self.weights)
        self.advantages, _ = workload.draw_targets(self.hidden[0], self.actions)

    def views(self, flat):
        """The weights [in x out], biases and log standard deviations inside a parameter vector."""
        views, start = [], 0
        for inputs, outputs in self.shapes:
            weight = flat[start : start + inputs * outputs].view(inputs, outputs)
            start += inputs * outputs
            views.append((weight, flat[start : start + outputs]))
            start += outputs
        return views, flat[start:]

    def draw_parameters(self):
        layers = [torch.nn.Linear(inputs, outputs) for inputs, outputs in self.shapes]
        initialize(layers, self.settings["policyOutputGain"])
        views, log_std = self.weights
        for (weight, bias), layer in zip(views, layers):
            weight.copy_(layer.weight.detach().T)
            bias.copy_(layer.bias.detach())
        log_std.fill_(self.settings["logStd"])

    def distribution(self, outputs, parameters):
        if self.gaussian:
            return torch.distributions.Independent(torch.distributions.Normal(outputs, parameters[1].exp()), 1)
        return torch.distributions.Categorical(logits=outputs)

    def forward(self, parameters, hidden, outputs):
        """Writes activations and the distribution's inputs."""
        layers, _ = parameters
        targets = [*hidden[1:], outputs]
        for number, (weight, bias) in enumerate(layers):
            source = self.hidden[0] if number == 0 else targets[number - 1]
            torch.addmm(bias, source, weight, out=targets[number])
            if number < len(layers) - 1:
                targets[number].tanh_()

    def log_probabilities(self, outputs, parameters):
        """log pi(a | s), up to a constant of the Gaussian."""
        if self.gaussian:
            _, log_std = parameters
            scaled = (self.actions - outputs).mul_((-log_std).exp())
            return scaled.square_().sum(1).mul_(-0.5).sub_(log_std.sum())
        logits = torch.log_softmax(outputs, 1)
        return logits.gather(1, self.actions[:, None])[:, 0]

    def compute_gradient(self):
        """The gradient of mean[ratio A] at theta, where every ratio is 1; keeps what products need."""
        self.forward(self.weights, self.hidden, self.outputs)
        for hidden, slope in zip(self.hidden[1:], self.slopes[1:]):
            torch.square(hidden, out=slope).neg_().add_(1)
        scale = self.advantages / self.workload.rows
        gradient_views = self.views(self.gradient)
        if self.gaussian:
            _, log_std = self.weights
            self.precision = (-2 * log_std).exp()
            difference = self.actions - self.outputs
            torch.mul(difference, self.precision, out=self.weighted).mul_(scale[:, None])
            torch.mv(difference.square_().mul_(self.precision).sub_(1).T, scale, out=gradient_views[1])
            self.old_outputs = self.outputs
        else:
            self.old_logits = torch.log_softmax(self.outputs, 1)
            self.probabilities = self.old_logits.exp()
            torch.mul(self.probabilities, -scale[:, None], out=self.weighted)
            self.weighted.scatter_add_(1, self.actions[:, None], scale[:, None])
        self.backward(self.weighted, gradient_views)
        ratio = (self.log_probabilities(self.outputs, self.weights) - self.old_log_probabilities).exp_()
        return torch.dot(ratio, self.advantages).item() / self.workload.rows

    def backward(self, delta, views):
        """J^T delta into the layers' views."""
        layers, _ = self.weights
        for number in range(len(layers) - 1, -1, -1):
            weight_out, bias_out = views[0][number]
            torch.mm(self.hidden[number].T, delta, out=weight_out)
            torch.mv(delta.T, self.ones, out=bias_out)
            if number > 0:
                delta = torch.mm(delta, layers[number][0].T, out=self.back[number])
                delta.mul_(self.slopes[number])

    def fisher(self, direction):
        """product = (J^T M J / rows + damping I) direction, M the Fisher matrix of a row's distribution."""
        layers, _ = self.weights
        direction_layers, direction_log_std = self.views(direction)
        tangent = None
        for number, (weight, bias) in enumerate(direction_layers):
            out = self.work[number + 1]
            torch.addmm(bias, self.hidden[number], weight, out=out)
            if number > 0:
                out.addmm_(tangent, layers[number][0])
            if number < len(layers) - 1:
                out.mul_(self.slopes[number + 1])
            tangent = out
        if self.gaussian:
            torch.mul(tangent, self.precision / self.workload.rows, out=self.weighted)
            torch.mul(direction_log_std, 2, out=self.product_views[1])
        else:
            torch.mul(tangent, self.probabilities, out=self.weighted)
            mean = self.weighted.sum(1, keepdim=True)
            self.weighted.addcmul_(self.probabilities, mean, value=-1).mul_(1 / self.workload.rows)
        self.backward(self.weighted, self.product_views)
        return self.product.add_(direction, alpha=self.settings["damping"])

    def solve(self, iterations):
        """x near (F + damping I)^-1 g, and x^T (F + damping I) x from the residual, without another product."""
        x = torch.zeros_like(self.gradient)
        residual = self.gradient.clone()
        direction = residual.clone()
        squared = torch.dot(residual, residual).item()
        for _ in range(iterations):
            product = self.fisher(direction)
            step = squared / torch.dot(direction, product).item()
            x.add_(direction, alpha=step)
            residual.sub_(product, alpha=step)
            previous, squared = squared, torch.dot(residual, residual).item()
            direction.mul_(squared / previous).add_(residual)
        return x, (torch.dot(x, self.gradient) - torch.dot(x, residual)).item()

    def evaluate(self, parameters):
        """Surrogate and mean KL(old || new) of other parameters."""
        outputs = self.work[-1]
        self.forward(parameters, self.work[:-1], outputs)
        log_probabilities = self.log_probabilities(outputs, parameters)
        ratio = log_probabilities.sub_(self.old_log_probabilities).exp_()
        rows = self.workload.rows
        if self.gaussian:
            change = parameters[1] - self.weights[1]
            squared = (outputs - self.old_outputs).square_().sum(0).div_(rows)
            variance = (2 * self.weights[1]).exp()
            kl = (change + 0.5 * (variance + squared) * (-2 * parameters[1]).exp() - 0.5).sum().item()
        else:
            logits = torch.log_softmax(outputs, 1)
            kl = (self.old_logits - logits).mul_(self.probabilities).sum().item() / rows
        return torch.dot(ratio, self.advantages).item() / rows, kl

    def update(self):
        """Gradient, conjugate gradient, line search; theta stays as it is."""
        settings = self.settings
        started = time.perf_counter()
        surrogate_old = self.compute_gradient()
        x, quadratic_form = self.solve(settings["cgIterations"])
        scale = (2 * settings["maxKl"] / quadratic_form) ** 0.5
        for trial in range(1, settings["lineSearchTrials"] + 1):
            torch.add(self.theta, x, alpha=scale, out=self.candidate)
            surrogate, kl = self.evaluate(self.views(self.candidate))
            if kl <= settings["maxKl"] and surrogate > surrogate_old:
                ms = 1000 * (time.perf_counter() - started)
                return {"ms": ms, "products": settings["cgIterations"], "trials": trial}
            scale *= settings["backtrackFactor"]
        raise ValueError(f"{self.workload.name}: the line search failed")

    def time_product(self):
        repetitions = max(1, 20_000 // self.workload.rows)
        started = time.perf_counter()
        for _ in range(repetitions):
            product = self.fisher(self.gradient)
        ms = 1000 * (time.perf_counter() - started) / repetitions
        require_product(self.workload, product)
        return {"ms": ms, "products": 1}


def require_right(problem):
    """Compares gradient and product with differentiating twice in float64."""
    settings, rows = problem.settings, problem.workload.rows
    theta = problem.theta.double().requires_grad_()
    layers, log_std = problem.views(theta)
    hidden = problem.hidden[0].double()
    for number, (weight, bias) in enumerate(layers):
        hidden = hidden @ weight + bias
        if number < len(layers) - 1:
            hidden = hidden.tanh()
    new = problem.distribution(hidden, (layers, log_std))
    old = problem.distribution(hidden.detach(), (layers, log_std.detach()))
    log_probabilities = new.log_prob(problem.actions.double() if problem.gaussian else problem.actions)
    surrogate = ((log_probabilities - log_probabilities.detach()).exp() * problem.advantages).sum() / rows
    (gradient,) = torch.autograd.grad(surrogate, theta, retain_graph=True)
    kl = torch.distributions.kl_divergence(old, new).mean()
    (kl_gradient,) = torch.autograd.grad(kl, theta, create_graph=True)
    (product,) = torch.autograd.grad(kl_gradient @ problem.gradient.double(), theta)
    product = product + settings["damping"] * problem.gradient.double()
    for what, actual, expected in (
        ("gradient", problem.gradient, gradient),
        ("product", problem.fisher(problem.gradient), product),
    ):
        error = ((actual.double() - expected).norm() / expected.norm()).item()
        if not error < 1e-4:
            raise ValueError(f"{problem.workload.name}: the {what} by hand is wrong by {error:.1e}")


@torch.no_grad()
def case_runners(workload, settings):
    # the log-probabilities of the batch are the Gaussian's up to a constant, which ratios do not see
    problem = Problem(workload, settings)
    problem.compute_gradient()
    with torch.enable_grad():
        require_right(problem)
    return {
        "fisher": torch.no_grad()(problem.time_product),
        "update": torch.no_grad()(problem.update),
        "updateSameProducts": torch.no_grad()(problem.update),
    }
