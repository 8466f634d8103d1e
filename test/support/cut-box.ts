/** A whole lettabox whose connections to the demo can be broken. */
import { type Box, startBox } from "./box.ts";
import { type CuttingProxy, startCuttingProxy } from "./cutting-proxy.ts";

/** Both are to be stopped, the box first. Its house has found its agent already: what breaks from here on are posts. */
export const startCutBox = async (): Promise<{ readonly box: Box; readonly proxy: CuttingProxy }> => {
  let demo = "";
  const proxy = await startCuttingProxy(() => demo);
  const box = await startBox({
    lettaUrl: (url) => {
      demo = url;
      return proxy.url;
    },
  });
  await box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));
  return { box, proxy };
};
