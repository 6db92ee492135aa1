import { z } from "zod";

/** Registration. A password is not taken yet, and therefore never stored or logged. */
export const registrationSchema = z.strictObject({
  username: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{2,29}$/, {
    error: "must be 3 to 30 letters, digits, hyphens or underscores, the first a letter or digit",
  }),
  email: z.email({ error: "must be an e-mail address" }).max(254),
});

export type Registration = z.output<typeof registrationSchema>;

/** Fields a user may change. */
export const profileChangeSchema = z
  .strictObject({
    display_name: z.string().trim().min(1).max(50).optional(),
    bio: z.string().trim().max(500).optional(),
    location: z.string().trim().max(100).optional(),
    trading_experience_level: z.enum(["beginner", "intermediate", "advanced", "expert"]).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, { error: "must change at least one field" });

export type ProfileChange = z.output<typeof profileChangeSchema>;

/** A user as the user sees it. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly is_active: boolean;
  readonly profile: ProfileChange;
}

/** A user as everybody sees it: without the e-mail address. */
export type PublicUser = Omit<User, "email">;

export function toPublicUser(user: User): PublicUser {
  const { id, username, created_at, updated_at, is_active, profile } = user;
  return { id, username, created_at, updated_at, is_active, profile };
}
