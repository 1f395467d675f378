import {
  Color,
  DataTexture,
  Group,
  LinearMipmapLinearFilter,
  Mesh,
  MeshLambertMaterial,
  NearestFilter,
  PlaneGeometry,
  RepeatWrapping,
  SRGBColorSpace,
} from 'three';
import type { RobotColors } from './robotColors.js';

/** m: of the part that is drawn, beyond which the sky's colour hides it. */
const SIDE = 120;
const SQUARE = 1; // m
const LINE_WIDTH = 0.06; // m
/** m: the start line lies so far above the squares, or both would flicker. */
const LINE_HEIGHT = 0.002;

/** A ground of squares without an end, and the start line at x = 0: they let motion be seen. */
export class RobotGround {
  readonly group = new Group();
  private readonly squares = new MeshLambertMaterial();
  private readonly line = new MeshLambertMaterial();
  private readonly floor = new Mesh(new PlaneGeometry(SIDE, SIDE), this.squares);
  private readonly startLine = new Mesh(new PlaneGeometry(LINE_WIDTH, SIDE), this.line);
  private readonly texture = new DataTexture(new Uint8Array(16), 2, 2);

  /** sharpness: samples that the graphics card takes of a slanted texture. */
  constructor(sharpness: number) {
    const { texture } = this;
    texture.colorSpace = SRGBColorSpace;
    texture.wrapS = RepeatWrapping;
    texture.wrapT = RepeatWrapping;
    texture.repeat.setScalar(SIDE / (2 * SQUARE));
    texture.magFilter = NearestFilter;
    texture.minFilter = LinearMipmapLinearFilter;
    texture.generateMipmaps = true;
    texture.anisotropy = sharpness;
    this.squares.map = texture;
    this.startLine.position.z = LINE_HEIGHT;
    for (const mesh of [this.floor, this.startLine]) {
      mesh.receiveShadow = true;
      this.group.add(mesh);
    }
  }

  paint({ squares: [first, second], startLine }: RobotColors): void {
    const texels = [first, second, second, first].flatMap((color) => [...bytesOf(color), 255]);
    this.texture.image.data!.set(texels);
    this.texture.needsUpdate = true;
    this.line.color.set(startLine);
  }

  /** Puts the ground under a place, m; whole pairs of squares, so that they seem to stand still. */
  moveUnder(x: number, y: number): void {
    const snapped = (place: number) => 2 * SQUARE * Math.round(place / (2 * SQUARE));
    this.floor.position.set(snapped(x), snapped(y), 0);
    this.startLine.position.y = snapped(y);
  }

  dispose(): void {
    for (const mesh of [this.floor, this.startLine]) mesh.geometry.dispose();
    for (const part of [this.squares, this.line, this.texture]) part.dispose();
  }
}

/** Red, green, blue of a CSS colour, 0 to 255. */
function bytesOf(color: string): number[] {
  const rgb = new Color(color).getHex(SRGBColorSpace);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
}
