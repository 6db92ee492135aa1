import { serviceNames } from "../../catalog/services.ts";
import { containerRule, serviceOf, type Policy, type PolicyResource } from "./policy.ts";

/** That what runs today is what runs after the next restart, and that a rollback can name it. */
export const imagePolicies: readonly Policy[] = [
  containerRule({
    id: "own-image-by-id",
    property: "image",
    isAllowed: (value, resource) => !runsOurImage(resource) || imageId.test(String(value)),
    allowed: "an image id, sha256:…: with a tag a new build would not replace the container",
    wayOut: "Pass the id that the image resource gives (components/runtime-image.ts).",
  }),
  containerRule({
    id: "pinned-image",
    property: "image",
    isAllowed: (value, resource) => runsOurImage(resource) || isPinned(value),
    allowed: "a tag that is not `latest`, a digest, or an image id",
    wayOut: "Set astratrade:images for it to a reference with a version or a digest.",
  }),
];

const imageId = /^sha256:[0-9a-f]{64}$/;

function runsOurImage(resource: PolicyResource): boolean {
  const service = serviceOf(resource);
  return service === "gateway" || serviceNames.some((name) => name === service);
}

/**
 * @param reference `[registry[:port]/]name[:tag][@digest]`
 */
function isPinned(reference: unknown): boolean {
  if (typeof reference !== "string") return false;
  if (imageId.test(reference)) return true;
  if (reference.includes("@")) return /@sha256:[0-9a-f]{64}$/.test(reference);
  // A colon before the last slash belongs to the registry's port.
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const [, tag = ""] = name.split(":");
  return tag !== "" && tag !== "latest";
}
