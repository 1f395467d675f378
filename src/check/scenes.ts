import type { Scene } from '../render/scene.js';
import { violated } from './check.js';

/** Violated unless the view has an area and there are shapes, all of finite numbers. */
export function requireScene(scene: Scene): void {
  const { view, shapes } = scene ?? {};
  if (!(view?.right > view?.left && view?.top > view?.bottom)) {
    violated(`render() gives the view ${JSON.stringify(view)}; right must be over left and top over bottom`);
  }
  if (!Array.isArray(shapes) || shapes.length === 0) violated('render() gives no shapes');
  for (const shape of shapes) {
    const numbers = shape.kind === 'circle' ? [...shape.center, shape.radius] : shape.points.flat();
    if (!numbers.every(Number.isFinite)) {
      violated(`render() gives a ${shape.kind} with a number that is not finite: ${numbers.join(', ')}`);
    }
  }
}
