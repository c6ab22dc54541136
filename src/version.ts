import { version } from "../package.json";

/** lap's version, fixed when it is built. */
export const VERSION: string = version;
