// Keeps the gateway on the loopback address: it has no setting for where it listens.
import { Server } from "node:net";

const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, rest.find((word) => typeof word === "function"));
};
