// Puts on the clipboard what stands beside a button. The buttons are hidden until here, so that nobody sees one that does
// nothing: without JavaScript, or over plain http, where browsers have no clipboard.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const said = document.getElementById("copied");
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        said.textContent = button.dataset.done;
      } catch {
        said.textContent = button.dataset.failed;
      }
    });
  }
}
