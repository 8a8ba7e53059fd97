// Passkeys: asks the browser for one and puts its answer into the form. Without a script the forms say what to do instead.
"use strict";

(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const known = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

  const opened = ({ publicKey }) => {
    const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (publicKey.user) options.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
    if (publicKey.excludeCredentials) options.excludeCredentials = known(publicKey.excludeCredentials);
    if (publicKey.allowCredentials) options.allowCredentials = known(publicKey.allowCredentials);
    return { publicKey: options };
  };

  const written = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const ask = async (form) => {
    const token = form.elements["X-LABKEY-CSRF"].value;
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "X-LABKEY-CSRF": token, "X-Requested-With": "XMLHttpRequest", Accept: "application/json" },
      body: new URLSearchParams({ for: form.dataset.passkey }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.exception);
    const make = form.dataset.passkey === "add" ? "create" : "get";
    return written(await navigator.credentials[make](opened(said)));
  };

  const words = (error) => {
    if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
    if (error.name === "NotAllowedError") return "No passkey was used: it took too long, or was cancelled. Try again.";
    if (error.name === "SecurityError") return "Passkeys do not work at this address.";
    return error.message;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const says = form.querySelector("[data-passkey-says]");
    const button = form.querySelector("button[type=submit]");
    if (!window.PublicKeyCredential) {
      if (form.hidden) continue;
      says.textContent = "This browser has no passkeys. Choose another way.";
      says.hidden = false;
      button.disabled = true;
      continue;
    }
    form.hidden = false;
    form.closest("[data-passkey-area]")?.removeAttribute("hidden");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = says.hidden = true;
      try {
        form.elements.credential.value = await ask(form);
        form.submit();
      } catch (error) {
        says.textContent = words(error);
        says.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
