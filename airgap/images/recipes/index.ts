import type { ImageName, Recipe } from "../recipe.ts";
import { haproxy } from "./haproxy.ts";
import { node } from "./node.ts";
import { prometheus } from "./prometheus.ts";
import { redis } from "./redis.ts";

export const recipes: Readonly<Record<ImageName, Recipe>> = { node, redis, prometheus, haproxy };
