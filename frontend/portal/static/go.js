// Presses the one button of a link that a program opened: the form is on the page, so a browser without JavaScript shows it.
document.getElementById("go")?.requestSubmit();
