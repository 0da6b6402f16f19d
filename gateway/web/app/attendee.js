import "../elements/breakout-rooms.js";
import { showElement } from "./element_page.js";

showElement("session");
