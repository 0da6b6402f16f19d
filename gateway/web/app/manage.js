import "../elements/breakout-control.js";
import { showElement } from "./element_page.js";

showElement("session");
