/** Comparing secrets. */
import { createHash, timingSafeEqual } from "node:crypto";

const digest = (value: string): Buffer => createHash("sha256").update(value, "utf8").digest();

/** Whether two strings are equal, in a time that says nothing about where or how much they differ, nor their lengths. */
export const sameSecret = (left: string, right: string): boolean => timingSafeEqual(digest(left), digest(right));
