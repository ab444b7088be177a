import { createContext, useContext } from "react";

/** Opens the keyboard help. */
export const HelpContext = createContext<() => void>(() => undefined);

/** The function that opens the keyboard help. */
export const useHelp = () => useContext(HelpContext);
