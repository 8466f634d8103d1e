/** Every point, in the order of the printed table. */
import { arriving } from "./arriving.ts";
import { deciding } from "./deciding.ts";
import { foreign } from "./foreign.ts";
import { ordeals } from "./ordeals.ts";
import { sending } from "./sending.ts";
import { streaming } from "./streaming.ts";

export const lonePoints = [...arriving, ...streaming, ...deciding, ...sending, ...foreign];
export { ordeals };
