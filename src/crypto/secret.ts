/**
 * A secret that cannot be printed by accident: in a template, JSON, an inspector or an error it reads "[secret]".
 * It holds a function, so it cannot be cloned to a Worker either; whoever sends it there reveals it knowingly.
 */
export type Secret = {
  /** The only way to the value. Call it where the value leaves for its use, never earlier. */
  readonly reveal: () => string;
};

const shown = () => "[secret]";

export const secret = (value: string): Secret => {
  const hidden = { toString: shown, toJSON: shown, [Symbol.for("nodejs.util.inspect.custom")]: shown };
  return Object.freeze(Object.assign(Object.create(hidden) as object, { reveal: () => value }));
};
