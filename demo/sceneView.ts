import type { Environment, Scene, Shape } from 'wasm-trpo/browser';
import { pixelCanvas } from './pixels.js';
import type { StageView } from './stageView.js';

/** Draws the scene of an environment's `render` on a 2D canvas, as large as it fits. */
export class SceneView implements StageView {
  private canvas!: HTMLCanvasElement;
  private context!: CanvasRenderingContext2D;

  mount(canvas: HTMLCanvasElement): void {
    this.canvas = canvas;
    this.context = canvas.getContext('2d')!;
  }

  draw(environment: Environment): void {
    const scene = environment.render?.();
    if (scene === undefined) return;
    const { canvas, context } = this;
    const { clientWidth, clientHeight } = canvas;
    const pixelRatio = window.devicePixelRatio;
    const widthPx = Math.round(clientWidth * pixelRatio);
    const heightPx = Math.round(clientHeight * pixelRatio);
    // setting a size clears the canvas, which costs more than a comparison
    if (canvas.width !== widthPx || canvas.height !== heightPx) {
      canvas.width = widthPx;
      canvas.height = heightPx;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, widthPx, heightPx);
    place(context, scene, widthPx, heightPx);
    for (const shape of scene.shapes) drawShape(context, shape);
  }

  dispose(): void {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

/** World units, y upwards, the view in the middle. */
function place(context: CanvasRenderingContext2D, { view }: Scene, widthPx: number, heightPx: number): void {
  const { left, right, bottom, top } = view;
  const scale = Math.min(widthPx / (right - left), heightPx / (top - bottom));
  context.translate(widthPx / 2, heightPx / 2);
  context.scale(scale, -scale);
  context.translate(-(left + right) / 2, -(bottom + top) / 2);
}

function drawShape(context: CanvasRenderingContext2D, shape: Shape): void {
  if (shape.kind === 'picture') {
    drawPicture(context, shape);
    return;
  }
  context.beginPath();
  if (shape.kind === 'circle') {
    context.arc(shape.center[0], shape.center[1], shape.radius, 0, 2 * Math.PI);
    context.fillStyle = shape.fill;
    context.fill();
    return;
  }
  for (const [x, y] of shape.points) context.lineTo(x, y);
  if (shape.kind === 'polygon') {
    context.closePath();
    context.fillStyle = shape.fill;
    context.fill();
    return;
  }
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = shape.width;
  context.strokeStyle = shape.stroke;
  context.stroke();
}

function drawPicture(
  context: CanvasRenderingContext2D,
  { image, points: [[left, bottom], [right, top]] }: Extract<Shape, { kind: 'picture' }>,
): void {
  const { widthPx, heightPx, rgb } = image;
  const canvas = pixelCanvas(widthPx, heightPx, (pixel) => [
    rgb[3 * pixel],
    rgb[3 * pixel + 1],
    rgb[3 * pixel + 2],
  ]);
  context.save();
  context.translate(left, top);
  // rows of pixels go downwards
  context.scale((right - left) / widthPx, -(top - bottom) / heightPx);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0);
  context.restore();
}
