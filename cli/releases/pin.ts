import { readFileSync, rmSync } from "node:fs";
import { pinFile } from "../../catalog/home.ts";
import { parsePin, type Pin } from "../../topology/blueprint.ts";
import type { Paths } from "../paths.ts";
import { writeJsonFile } from "../whole-file.ts";

type Home = Pick<Paths, "home">;

/** What a stack is pinned to, as far as this version can read it. */
export type PinState =
  | { readonly kind: "none" }
  | { readonly kind: "pinned"; readonly pin: Pin }
  | { readonly kind: "damaged"; readonly path: string; readonly problem: string };

/** Makes the program deploy a recorded release of the stack from now on. */
export function pinRelease({ home }: Home, stack: string, pin: Pin): void {
  writeJsonFile(pinFile(home, stack), pin);
}

/**
 * Makes the program deploy its source again. A pin that cannot be read goes as well.
 * @returns number of the release that was pinned, or null
 */
export function unpinRelease(paths: Home, stack: string): number | null {
  const state = readPin(paths, stack);
  rmSync(pinFile(paths.home, stack), { force: true });
  return state.kind === "pinned" ? state.pin.release : null;
}

/** Reads the pin of a stack. */
export function readPin({ home }: Home, stack: string): PinState {
  const path = pinFile(home, stack);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "none" };
    throw error;
  }
  try {
    return { kind: "pinned", pin: parsePin(JSON.parse(text)) };
  } catch (error) {
    return { kind: "damaged", path, problem: (error as Error).message };
  }
}

/**
 * Deploys with a stack pinned to a release, or to its source. A deploy that ends before it has changed anything leaves
 * the pin as it was. One that ends later leaves the new one: that is what the stack is on its way to.
 * @param pin null: the source
 * @param deploy calls what it is given right before its first change
 */
export async function withPin<T>(
  paths: Home,
  stack: string,
  pin: Pin | null,
  deploy: (onChange: () => void) => Promise<T>,
): Promise<T> {
  const earlier = readPin(paths, stack);
  setPin(paths, stack, pin);
  const progress = { hasChanged: false };
  try {
    return await deploy(() => {
      progress.hasChanged = true;
    });
  } catch (error) {
    // A pin that was damaged is not worth keeping.
    const before = earlier.kind === "pinned" ? earlier.pin : null;
    if (!progress.hasChanged) setPin(paths, stack, before);
    throw error;
  }
}

function setPin(paths: Home, stack: string, pin: Pin | null): void {
  if (pin === null) unpinRelease(paths, stack);
  else pinRelease(paths, stack, pin);
}
