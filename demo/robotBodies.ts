import {
  type BufferGeometry,
  CapsuleGeometry,
  CylinderGeometry,
  Group,
  Mesh,
  MeshStandardMaterial,
  SphereGeometry,
} from 'three';
import type { Solid, SolidBody } from 'wasm-trpo/browser';
import type { RobotColors } from './robotColors.js';

const POSE_SIZE = 7;
/** Of round forms: pieces around the axis, and from an end's middle to its rim. */
const AROUND = 32;
const TO_RIM = 12;
/** Steps of the depth buffer, more than by which two round ends in one place differ. */
const OVERLAP = 80;

/** Meshes of a robot's bodies. Planes are left to the ground, which has no end. */
export class RobotBodies {
  readonly group = new Group();
  private readonly materials = new Map<SolidBody['role'], MeshStandardMaterial>();
  private readonly geometries: BufferGeometry[] = [];

  constructor(readonly bodies: readonly SolidBody[]) {
    for (const { solids, role } of bodies) {
      const body = new Group();
      for (const solid of solids) {
        const geometry = geometryOf(solid);
        if (geometry === undefined) continue;
        this.geometries.push(geometry);
        const mesh = new Mesh(geometry, this.materialOf(role));
        mesh.position.fromArray(solid.position);
        const [w, x, y, z] = solid.quaternion;
        mesh.quaternion.set(x, y, z, w);
        mesh.castShadow = true;
        mesh.receiveShadow = true;
        body.add(mesh);
      }
      this.group.add(body);
    }
  }

  paint(colors: RobotColors): void {
    for (const [role, material] of this.materials) material.color.set(colors.bodies[role]);
  }

  /** poses: [bodies x 7], as in a SolidScene. */
  place(poses: readonly number[]): void {
    this.group.children.forEach((body, i) => {
      const [x, y, z, qw, qx, qy, qz] = poses.slice(POSE_SIZE * i);
      body.position.set(x, y, z);
      body.quaternion.set(qx, qy, qz, qw);
    });
  }

  dispose(): void {
    for (const part of [...this.geometries, ...this.materials.values()]) part.dispose();
  }

  private materialOf(role: SolidBody['role']): MeshStandardMaterial {
    const known = this.materials.get(role);
    if (known !== undefined) return known;
    // where ends of two colours fill the same place one of them has to be in front
    const before = { polygonOffset: true, polygonOffsetUnits: -OVERLAP * this.materials.size };
    const material = new MeshStandardMaterial({ roughness: 0.45, ...before });
    this.materials.set(role, material);
    return material;
  }
}

function geometryOf(solid: Solid): BufferGeometry | undefined {
  switch (solid.kind) {
    case 'plane':
      return undefined;
    case 'sphere':
      return new SphereGeometry(solid.radius, AROUND, 2 * TO_RIM);
    // three.js has the axis along y
    case 'capsule':
      return new CapsuleGeometry(solid.radius, 2 * solid.halfLength, TO_RIM, AROUND).rotateX(Math.PI / 2);
    case 'cylinder':
      return new CylinderGeometry(solid.radius, solid.radius, 2 * solid.halfLength, AROUND).rotateX(
        Math.PI / 2,
      );
  }
}
