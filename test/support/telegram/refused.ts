/** How grammY tells its caller of a refusal. */
import { GrammyError } from "grammy";

/** The refusal of a call that has to be refused; anything else is thrown. */
export const refusalOf = async (call: Promise<unknown>): Promise<GrammyError> => {
  const cause = await call.then(
    () => new Error("it was taken"),
    (thrown: unknown) => thrown,
  );
  if (cause instanceof GrammyError) return cause;
  throw cause;
};

export const descriptionOf = async (call: Promise<unknown>): Promise<string> => (await refusalOf(call)).description;
