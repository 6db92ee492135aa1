import { volumeType, type Policy } from "./policy.ts";

/** That data outlives the stack. */
export const volumePolicies: readonly Policy[] = [
  {
    id: "retained-volume",
    types: [volumeType],
    check: ({ retainOnDelete }) =>
      retainOnDelete
        ? []
        : [
            {
              property: "retainOnDelete",
              actual: retainOnDelete,
              allowed: "true: otherwise `pulumi destroy`, or a changed input, deletes the data",
              wayOut: "Set the option in components/volumes.ts.",
            },
          ],
  },
];
